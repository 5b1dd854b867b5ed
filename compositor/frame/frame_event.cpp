#include "compositor/frame/frame_event.h"

namespace fenceline {

std::string_view name(FrameEventKind kind) {
  switch (kind) {
  case FrameEventKind::Commit:
    return "commit";
  case FrameEventKind::AcquireReady:
    return "acquire ready";
  case FrameEventKind::Applied:
    return "applied";
  case FrameEventKind::Superseded:
    return "superseded";
  case FrameEventKind::LatchBegin:
    return "latch begin";
  case FrameEventKind::Latch:
    return "latch";
  case FrameEventKind::LatchEnd:
    return "latch end";
  case FrameEventKind::Placed:
    return "placed";
  case FrameEventKind::ComposeBegin:
    return "compose begin";
  case FrameEventKind::ComposeEnd:
    return "compose end";
  case FrameEventKind::Submit:
    return "submit";
  case FrameEventKind::SubmitFailed:
    return "submit failed";
  case FrameEventKind::Flip:
    return "flip";
  case FrameEventKind::Presented:
    return "presented";
  case FrameEventKind::Discarded:
    return "discarded";
  case FrameEventKind::Released:
    return "released";
  case FrameEventKind::Copy:
    return "copy";
  case FrameEventKind::Missed:
    return "missed";
  case FrameEventKind::TestCommit:
    return "test commit";
  case FrameEventKind::GpuTime:
    return "gpu time";
  case FrameEventKind::RendererLost:
    return "renderer lost";
  case FrameEventKind::RendererBack:
    return "renderer back";
  case FrameEventKind::Input:
    return "input";
  case FrameEventKind::Cue:
    return "cue";
  case FrameEventKind::FenceOverdue:
    return "fence overdue";
  case FrameEventKind::Turn:
    return "turn";
  case FrameEventKind::LeftOut:
    return "left out";
  }
  return "unknown";
}

std::string_view name(CopyKind kind) {
  switch (kind) {
  case CopyKind::CpuUpload:
    return "CPU upload";
  case CopyKind::CursorUpload:
    return "cursor upload";
  case CopyKind::GpuComposition:
    return "GPU composition";
  case CopyKind::Capture:
    return "capture";
  case CopyKind::ParentUpload:
    return "parent upload";
  }
  return "unknown";
}

std::string_view name(MissCause cause) {
  switch (cause) {
  case MissCause::Unknown:
    return "unknown";
  case MissCause::LateWake:
    return "woken late";
  case MissCause::LateCompose:
    return "composed late";
  case MissCause::LateSubmit:
    return "submitted late";
  case MissCause::LateFence:
    return "fence late";
  case MissCause::KernelLate:
    return "kernel late";
  case MissCause::BlankLost:
    return "blank lost";
  }
  return "unknown";
}

std::string_view name(TurnPart part) {
  switch (part) {
  case TurnPart::Timers:
    return "timers";
  case TurnPart::Events:
    return "events";
  case TurnPart::Requests:
    return "requests";
  case TurnPart::Rest:
    return "rest";
  }
  return "unknown";
}

std::string_view name(InputKind kind) {
  switch (kind) {
  case InputKind::Pointer:
    return "pointer";
  case InputKind::Keyboard:
    return "keyboard";
  case InputKind::Touch:
    return "touch";
  }
  return "unknown";
}

} // namespace fenceline
