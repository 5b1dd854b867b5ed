#include "tools/report/input_answers.h"

namespace fenceline::report {

std::string_view name(InputStep step) {
  switch (step) {
  case InputStep::InputToSent:
    return "input -> sent";
  case InputStep::SentToCommit:
    return "sent -> commit";
  case InputStep::CommitToFlip:
    return "commit -> flip";
  case InputStep::InputToFlip:
    return "input -> flip";
  }
  return "unknown";
}

void InputAnswers::committed(const FrameEvent& event, TimePoint at) {
  // A commit without a buffer shows nothing new.
  if (event.value == 0)
    return;
  const auto newest = newest_.find(event.surface);
  if (newest == newest_.end())
    return;
  const Sent sent = newest->second;
  newest_.erase(newest);
  if (at - sent.happened <= patience)
    answers_[event.commit] = {sent.happened, sent.sent, at};
}

std::optional<InputAnswers::Answered> InputAnswers::ended(CommitId commit) {
  const auto answer = answers_.find(commit);
  if (answer == answers_.end())
    return std::nullopt;
  const Answered answered = answer->second;
  answers_.erase(answer);
  return answered;
}

void add(InputFigures& figures, const InputAnswers::Answered& answer, TimePoint flip) {
  ++figures.answered;
  const auto step = [&figures](InputStep which, TimePoint from, TimePoint to) {
    figures.steps[static_cast<std::size_t>(which)].add(to - from);
  };
  step(InputStep::InputToSent, answer.happened, answer.sent);
  step(InputStep::SentToCommit, answer.sent, answer.committed);
  step(InputStep::CommitToFlip, answer.committed, flip);
  step(InputStep::InputToFlip, answer.happened, flip);
}

} // namespace fenceline::report
