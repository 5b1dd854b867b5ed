// The part of the output's loop that uploads, composes and reads back.
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "compositor/output/output_loop.h"

namespace fenceline {

namespace {

Region whole(Size size) {
  return Region(Rect{0, 0, size.width, size.height});
}

/// Wherever they are.
bool looks_the_same(const Layer& a, const Layer& b) {
  return a.surface == b.surface && a.commit == b.commit && a.buffer == b.buffer && a.kind == b.kind &&
         a.format == b.format && a.source == b.source && a.transform == b.transform && a.alpha == b.alpha &&
         a.color == b.color && a.yuv == b.yuv;
}

/// The layer as it lies in an image that is shown there.
Layer inside(Layer layer, Point corner) {
  const Point by = Point{} - corner;
  layer.dest = layer.dest.moved(by);
  layer.opaque.translate(by);
  return layer;
}

} // namespace

struct OutputLoop::Reading final : ComposeSink {
  explicit Reading(OutputLoop& l) : loop(l), alive(l.alive_) {}
  // What is read is held until here, whether the output is still there or not.
  void composed(Result<Composed> result) override {
    if (!alive.expired())
      loop.composed(std::move(result), *this);
    leases.clear();
  }

  OutputLoop& loop;
  std::weak_ptr<const int> alive;
  ComposeRequest request;
  std::vector<BufferLeasePtr> leases;
};

struct OutputLoop::Capturing {
  FrameId frame{};
  std::vector<BufferLeasePtr> leases;
  Size size;
  Color background = black;
  std::vector<SubmittedFrame::Piece> pieces; ///< Bottom to top; the first is the primary plane's.
  std::vector<ReadBack> images;              ///< Of the first of them.
  std::optional<Capture::Cursor> cursor;
  std::function<void(Result<Capture>)> done;
};

// Only what is drawn is uploaded: of a hidden window the client's memory stays the only copy.
void OutputLoop::upload(FramePass& pass) {
  pass.uploaded_lower = pass.uploaded_upper = pass.uploaded;
  if (upload(pass, pass.planned.drawn))
    pass.uploaded_lower = true;
  if (pass.planned.upper && upload(pass, pass.planned.upper_drawn))
    pass.uploaded_upper = true;
}

/// Whether there was anything to upload.
bool OutputLoop::upload(FramePass& pass, std::vector<std::size_t>& drawn) {
  const bool before = std::exchange(pass.uploaded, false);
  std::erase_if(drawn, [&](std::size_t i) {
    const Layer& layer = pass.latched.snapshot.layers[i];
    LayerHold& hold = pass.latched.holds[i];
    if (layer.kind != BufferKind::Shm)
      return false;
    if (!hold.pixels) {
      // A cursor that is not in the store was uploaded as a surface like any other.
      CursorStore::Picture* picture = layer.role == LayerRole::Cursor ? services_.cursors.find(layer.surface) : nullptr;
      if (picture == nullptr || upload_cursor(pass, *picture))
        return false;
      pass.not_shown.push_back(layer.surface);
      return true;
    }
    const auto bytes = services_.composer->upload(layer.surface, *hold.pixels, hold.damage);
    if (!bytes) {
      if (std::exchange(failed_upload_, layer.surface) != layer.surface)
        services_.log.warn("{}: a window is not shown, its pixels cannot be uploaded: {}", info_.name,
                           bytes.error().text());
      pass.not_shown.push_back(layer.surface);
      return true;
    }
    book(CopyKind::CpuUpload, layer, pass.frame, *bytes);
    pass.uploaded = true;
    // The copy is done: the client may have its memory back.
    hold = {};
    services_.source.pixels_taken(layer.surface, layer.commit);
    return false;
  });
  const bool now = pass.uploaded;
  pass.uploaded = before || now;
  return now;
}

/// Whether the composer has the cursor's pixels, now if not before.
bool OutputLoop::upload_cursor(FramePass& pass, CursorStore::Picture& picture) {
  if (picture.uploaded || services_.composer == nullptr)
    return picture.uploaded;
  const auto bytes = services_.composer->upload(picture.surface(), picture, whole(picture.size()));
  if (!bytes) {
    services_.log.warn("{}: a cursor is not shown, its pixels cannot be uploaded: {}", info_.name,
                       bytes.error().text());
    return false;
  }
  picture.uploaded = true;
  pass.uploaded = true;
  Layer layer;
  layer.surface = picture.surface();
  layer.client = picture.client();
  book(CopyKind::CpuUpload, layer, pass.frame, *bytes);
  return true;
}

void OutputLoop::keep_picture(std::optional<Picture>& last, const FramePass& pass, const OutputImage& image, Rect at,
                              const std::vector<std::size_t>& drawn) {
  if (!last)
    last.emplace();
  last->image = image;
  last->size = at.size();
  last->layers.clear();
  for (const std::size_t i : drawn)
    last->layers.push_back(inside(pass.latched.snapshot.layers[i], at.origin()));
}

bool OutputLoop::same_picture(const FramePass& pass, const std::optional<Picture>& last, Rect at,
                              const std::vector<std::size_t>& drawn, BufferId shown) const {
  const auto& layers = pass.latched.snapshot.layers;
  if (!last || last->size != at.size())
    return false;
  // A parent compositor that still reads an image from before must not be given it a second time.
  if (last->image.buffer != shown && services_.device.reads(last->image.buffer))
    return false;
  return std::equal(drawn.begin(), drawn.end(), last->layers.begin(), last->layers.end(),
                    [&layers, &at](std::size_t i, const Layer& old) {
                      const Layer& layer = layers[i];
                      return layer.dest.moved(Point{} - at.origin()) == old.dest && looks_the_same(layer, old);
                    });
}

void OutputLoop::compose(FramePass& pass) {
  upload(pass);
  PlannedFrame& planned = pass.planned;
  const Rect screen{0, 0, pass.latched.snapshot.size.width, pass.latched.snapshot.size.height};
  std::optional<Drawing> below, above;
  // Where only what lies on other planes has changed, the cursor say, the image that was drawn last is shown again.
  if (planned.has_lower()) {
    if (!pass.uploaded_lower && same_picture(pass, last_picture_, screen, planned.drawn, last_primary_))
      planned.target = last_picture_->image;
    else if (planned.target)
      below.emplace(Drawing{*planned.target, screen, planned.drawn});
    else
      return give_up(pass, MissCause::LateCompose, Error{planned.target_error});
  }
  if (planned.upper) {
    if (!pass.uploaded_upper && last_upper_ && last_upper_->plane == planned.upper->plane &&
        same_picture(pass, last_upper_, planned.upper->at, planned.upper_drawn, last_above_))
      planned.upper->image = last_upper_->image;
    else
      above.emplace(Drawing{planned.upper->image, planned.upper->at, planned.upper_drawn, true});
  }
  if (!below && !above)
    return submit(pass);
  note(FrameEventKind::ComposeBegin, pass.frame);
  pass.undrawn = pass.unready = (below ? 1U : 0U) + (above ? 1U : 0U);
  const FrameId frame = pass.frame;
  for (const auto* drawing : {&below, &above}) {
    if (!*drawing)
      continue;
    const auto started = draw(pass, **drawing);
    // The pass may have ended within the call.
    if (pass_of(frame) == nullptr)
      return;
    if (!started)
      return give_up(pass, MissCause::LateCompose, started.error());
  }
}

std::shared_ptr<OutputLoop::Reading> OutputLoop::take_reading() {
  for (const auto& kept : kept_readings_)
    if (kept.use_count() == 1)
      return kept;
  auto made = std::make_shared<Reading>(*this);
  if (kept_readings_.size() < most_kept_readings)
    kept_readings_.push_back(made);
  return made;
}

Result<void> OutputLoop::draw(FramePass& pass, const Drawing& drawing) {
  const std::shared_ptr<Reading> reading = take_reading();
  ComposeRequest& request = reading->request;
  request.output = info_.id;
  request.frame = pass.frame;
  request.target = drawing.target.buffer;
  request.size = drawing.at.size();
  request.transparent = drawing.upper;
  request.layers.clear();
  reading->leases.push_back(drawing.target.use);
  for (const std::size_t i : drawing.layers) {
    if (const auto& lease = pass.latched.holds[i].lease)
      reading->leases.push_back(lease);
    request.layers.push_back(inside(pass.latched.snapshot.layers[i], drawing.at.origin()));
  }
  auto started = services_.composer->compose(request, reading);
  if (!started)
    reading->leases.clear();
  return started;
}

void OutputLoop::composed(Result<Composed> result, Reading& reading) {
  // Null when the frame was given up meanwhile (a pause). What is read is held all the same.
  const FrameId frame = reading.request.frame;
  FramePass* pass = pass_of(frame);
  if (!result) {
    if (pass != nullptr)
      give_up(*pass, MissCause::LateCompose, result.error());
    return;
  }
  const bool pending = result->fence.valid();
  for (const ComposedBytes& drawn : result->bytes) {
    const std::vector<Layer>& layers = reading.request.layers;
    const auto layer =
        std::find_if(layers.begin(), layers.end(), [&drawn](const Layer& l) { return l.surface == drawn.surface; });
    if (layer != layers.end())
      book(CopyKind::GpuComposition, *layer, frame, drawn.bytes);
  }
  if (pass != nullptr)
    pass->fence_pending = pass->fence_pending || pending;
  if (pass == nullptr || --pass->undrawn == 0)
    note(FrameEventKind::ComposeEnd, frame, 0, pending || (pass != nullptr && pass->fence_pending) ? 1 : 0);
  if (pass != nullptr)
    pass->times.composed = services_.loop.clock().now();
  if (pass != nullptr && info_.reads_pixels) {
    if (pending)
      ledger_.reading(frame, std::move(result->fence), std::move(reading.leases));
    return bring_over(*pass);
  }
  if (!pending) {
    reading.leases.clear();
    if (pass != nullptr)
      image_ready(*pass);
    return;
  }
  UniqueFd in_fence = pass != nullptr && info_.in_fences ? result->fence.duplicate() : UniqueFd();
  if (pass == nullptr || in_fence.valid()) {
    ledger_.reading(frame, std::move(result->fence), std::move(reading.leases));
    // Buffers that came back may have caused anything.
    if (pass = pass_of(frame); pass != nullptr) {
      (reading.request.transparent ? pass->upper_fence : pass->in_fence) = std::move(in_fence);
      image_ready(*pass);
    }
    return;
  }
  // The display takes no fence, or there is no descriptor left for one: the commit waits for it here.
  const bool watched =
      ledger_.reading(frame, std::move(result->fence), std::move(reading.leases), [this, frame](TimePoint signalled) {
        if (FramePass* waiting = pass_of(frame)) {
          waiting->times.composed = signalled;
          image_ready(*waiting);
        }
      });
  if (!watched)
    give_up(*pass, MissCause::LateCompose, Error{"the fence of the composed image cannot be watched", EMFILE});
}

void OutputLoop::image_ready(FramePass& pass) {
  if (--pass.unready > 0)
    return;
  follow_cursor(pass);
  submit(pass);
}

// The composition took its time, and the pointer may have moved on: what is on a plane of its own goes along.
void OutputLoop::follow_cursor(FramePass& pass) {
  if (!pass.planned.cursor)
    return;
  Layer& layer = pass.latched.snapshot.layers[*pass.planned.cursor];
  const auto now = services_.source.cursor_place(info_.id, layer.surface, layer.commit);
  if (now && now->size() == layer.dest.size())
    layer.dest = *now;
}

// The display reads neither GPU memory nor what it is given by descriptor: the composed image is copied to it.
void OutputLoop::bring_over(FramePass& pass) {
  const auto started = services_.composer->read_back(pass.planned.target->buffer, {},
                                                     [this, alive = std::weak_ptr(alive_), frame = pass.frame,
                                                      target = pass.planned.target->use](Result<ReadBack> image) {
                                                       if (!alive.expired())
                                                         brought(frame, std::move(image), target);
                                                     });
  if (!started)
    give_up(pass, MissCause::LateCompose, started.error());
}

void OutputLoop::brought(FrameId frame, Result<ReadBack> image, BufferLeasePtr target) {
  FramePass* pass = pass_of(frame);
  if (!image) {
    if (pass != nullptr)
      give_up(*pass, MissCause::LateCompose, image.error());
    return;
  }
  if (!image->fence.valid())
    return write_over(frame, *image);
  UniqueFd fence = std::move(image->fence);
  std::vector<BufferLeasePtr> leases{std::move(target)};
  const bool watched = ledger_.reading(frame, std::move(fence), std::move(leases),
                                       [this, frame, pixels = std::make_shared<const ReadBack>(std::move(*image))](
                                           TimePoint) { write_over(frame, *pixels); });
  if (!watched && pass != nullptr)
    give_up(*pass, MissCause::LateCompose, Error{"the fence of the composed image cannot be watched", EMFILE});
}

void OutputLoop::write_over(FrameId frame, const ReadBack& image) {
  FramePass* pass = pass_of(frame);
  if (pass == nullptr)
    return;
  const auto bytes = services_.device.write_pixels(pass->planned.target->buffer, image.size, image.pixels);
  if (!bytes)
    return give_up(*pass, MissCause::LateCompose, bytes.error());
  book(CopyKind::ParentUpload, Layer{}, frame, *bytes);
  pass->times.composed = services_.loop.clock().now();
  follow_cursor(*pass);
  submit(*pass);
}

Result<void> OutputLoop::capture(std::function<void(Result<Capture>)> done) {
  if (services_.composer == nullptr)
    return Error{"there is no renderer to take a picture of " + info_.name + " with"};
  if (!powered_)
    return Error{info_.name + " is switched off"};
  const SubmittedFrame* shown = ledger_.on_screen();
  if (shown == nullptr || (shown->primary == BufferId{} && !shown->background))
    return Error{info_.name + " has not shown a frame yet"};
  // A client may write to what is on the screen as soon as that is replaced: it is too late to read it. What a renderer
  // drew that is gone, nobody can read.
  const bool drawn_by_lost = waits_for_composer() && last_plan_.composes;
  if (ledger_.promised() || drawn_by_lost) {
    late_captures_.push_back(std::move(done));
    return {};
  }
  // Held until the copy is done: what is on the screen now may be replaced and drawn to before that (rule 5).
  const auto capturing = std::make_shared<Capturing>();
  capturing->frame = shown->frame;
  capturing->done = std::move(done);
  for (const SubmittedFrame::Scanned& scanned : shown->scanned)
    capturing->leases.push_back(scanned.lease);
  capturing->size = shown->snapshot.size;
  capturing->background = shown->background.value_or(black);
  capturing->pieces = shown->pieces;
  if (auto cursor = cursor_images_.read(shown->cursor_image))
    capturing->cursor = Capture::Cursor{std::move(*cursor), shown->cursor_at};
  if (capturing->pieces.empty()) {
    capture_ends(*capturing);
    return {};
  }
  return capture_next(capturing);
}

void OutputLoop::capture_late() {
  for (CaptureDone& done : std::exchange(late_captures_, {}))
    if (const Result<void> started = capture(done); !started)
      done(started.error());
}

Result<void> OutputLoop::capture_next(const std::shared_ptr<Capturing>& capturing) {
  const SubmittedFrame::Piece& piece = capturing->pieces[capturing->images.size()];
  return services_.composer->read_back(piece.buffer, piece.yuv,
                                       [this, alive = std::weak_ptr(alive_), capturing](Result<ReadBack> image) {
                                         if (!alive.expired())
                                           captured(capturing, std::move(image));
                                       });
}

void OutputLoop::captured(const std::shared_ptr<Capturing>& capturing, Result<ReadBack> image) {
  if (!image)
    return capturing->done(image.error());
  services_.observer.record({.kind = FrameEventKind::Copy,
                             .detail = static_cast<std::uint8_t>(CopyKind::Capture),
                             .output = info_.id,
                             .frame = capturing->frame,
                             .value = std::uint64_t{4} * image->pixels.size(),
                             .time = {}});
  UniqueFd fence = std::move(image->fence);
  capturing->images.push_back(std::move(*image));
  const auto go_on = [this, capturing] {
    if (capturing->images.size() == capturing->pieces.size())
      return capture_ends(*capturing);
    if (const Result<void> started = capture_next(capturing); !started)
      capturing->done(started.error());
  };
  if (!fence.valid())
    return go_on();
  const bool watched = ledger_.reading(capturing->frame, std::move(fence), std::vector(capturing->leases),
                                       [go_on](TimePoint) { go_on(); });
  if (!watched)
    capturing->done(Error{"the fence of the copy cannot be watched", EMFILE});
}

void OutputLoop::capture_ends(Capturing& capturing) {
  capturing.leases.clear();
  Capture capture{
      .size = capturing.size, .background = capturing.background, .pieces = {}, .cursor = std::move(capturing.cursor)};
  for (std::size_t i = 0; i < capturing.pieces.size(); ++i) {
    const SubmittedFrame::Piece& piece = capturing.pieces[i];
    capture.pieces.push_back(
        {std::move(capturing.images[i]), piece.source, piece.dest, piece.alpha, piece.transform, piece.fade});
  }
  capturing.done(std::move(capture));
}

} // namespace fenceline
