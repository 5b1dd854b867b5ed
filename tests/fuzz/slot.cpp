#include "tests/fuzz/slot.h"

namespace fenceline::fuzz {

namespace {

// By the time of a slot's next turn the server has had all the other slots' turns to hang up; this is for what is left
// of it.
constexpr Nanoseconds kHangupGrace = std::chrono::milliseconds(3);

} // namespace

Result<void> Slot::open() {
  auto socket = connect_to(context_.socket_path);
  if (!socket)
    return socket.error();
  connection_ = context_.next_connection++;
  link_ = std::make_unique<Link>(std::move(*socket), context_.shop, connection_);
  generator_ = std::make_unique<Generator>(context_.world, context_.prng.fork(connection_));
  context_.statistics.connection_opened();
  return {};
}

bool Slot::settle_last_batch() {
  const auto on_event = [this](std::span<const std::uint8_t> event) {
    const auto header = header_of(event);
    if (const auto* object = generator_->objects().find(header.object); object != nullptr)
      context_.statistics.received(*object->interface, header.opcode);
    generator_->take_event(event);
  };
  const auto outcome = await_answer(on_event);
  for (const auto request : generator_->take_accepted())
    context_.statistics.accepted(request);
  return outcome;
}

bool Slot::await_answer(const Link::OnEvent& on_event) {
  const auto callback = generator_->callback();
  if (callback == 0) {
    (void)link_->wait_for_hangup(kHangupGrace, on_event);
    return false;
  }
  const auto outcome = link_->wait(callback, waits_, context_.stall_limit, on_event);
  if (outcome == WaitOutcome::Answered) {
    generator_->answered();
    context_.statistics.answered(unanswered_);
    unanswered_.clear();
    return true;
  }
  if (outcome == WaitOutcome::TimedOut)
    context_.statistics.barrier_timed_out();
  return false;
}

void Slot::close() {
  if (!link_)
    return;
  const auto& error = link_->error();
  const auto* object = error ? generator_->objects().find(error->object) : nullptr;
  context_.statistics.connection_ended(*link_, object == nullptr ? nullptr : object->interface);
  link_.reset();
  generator_.reset();
  unanswered_.clear();
  context_.history.record(connection_, {.verb = Verb::Close});
  context_.history.ended(connection_);
}

Result<void> Slot::turn() {
  if (link_ && !settle_last_batch())
    close();
  if (!link_)
    if (auto opened = open(); !opened)
      return opened;
  waits_ = {};
  for (auto& action : generator_->next_batch()) {
    ++context_.generated;
    // Whatever follows a connection's death was decided before it was known, and is left out everywhere.
    if (!link_->dead())
      if (const auto request = context_.statistics.sent(action))
        unanswered_.push_back(*request);
    link_->perform(action, context_.stall_limit);
    if (action.verb == Verb::Barrier)
      waits_ = action.waits;
    context_.history.record(connection_, std::move(action));
  }
  link_->flush(context_.stall_limit);
  return {};
}

} // namespace fenceline::fuzz
