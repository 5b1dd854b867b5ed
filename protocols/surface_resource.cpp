#include "protocols/surface_resource.h"

#include <algorithm>

#include "compositor/wl/thunk.h"
#include "protocols/client_id.h"
#include "protocols/compositor_global.h"
#include "protocols/frame_callback.h"
#include "protocols/region_resource.h"

namespace fenceline {

const struct wl_surface_interface SurfaceResource::requests = {
    .destroy = wl::destructor<&SurfaceResource::request_destroy>,
    .attach = wl::thunk<&SurfaceResource::attach>,
    .damage = wl::thunk<&SurfaceResource::damage>,
    .frame = wl::thunk<&SurfaceResource::frame>,
    .set_opaque_region = wl::thunk<&SurfaceResource::set_opaque_region>,
    .set_input_region = wl::thunk<&SurfaceResource::set_input_region>,
    .commit = wl::thunk<&SurfaceResource::commit>,
    .set_buffer_transform = wl::thunk<&SurfaceResource::set_buffer_transform>,
    .set_buffer_scale = wl::thunk<&SurfaceResource::set_buffer_scale>,
    .damage_buffer = wl::thunk<&SurfaceResource::damage_buffer>,
    .offset = wl::thunk<&SurfaceResource::offset>,
};

SurfaceResource::SurfaceResource(wl_client* client, std::uint32_t version, wl::NewId id, CompositorGlobal& compositor)
    : Resource(client, version, id), compositor_(compositor),
      surface_(&compositor.scene().create_surface(client_id(compositor.display(), client))),
      surface_id_(surface_->id()) {
  compositor_.surfaces_[surface_id_] = this;
}

SurfaceResource::~SurfaceResource() {
  // Nobody may find it to name it in an event: its resource is gone.
  compositor_.surfaces_.erase(surface_id_);
  (void)compositor_.take_picture(surface_->client(), picture_bytes_, 0);
  for (CommitExtension* extension : std::exchange(extensions_, {}))
    extension->surface_gone();
  compositor_.scene().destroy_surface(surface_id_);
}

void SurfaceResource::request_destroy() {
  if (role_object_ && surface_->role() != SurfaceRole::Subsurface)
    return post_error(WL_SURFACE_ERROR_DEFUNCT_ROLE_OBJECT,
                      "the surface is destroyed before the object {} that gives it its role",
                      role_object_->object_id());
  destroy_resource();
}

void SurfaceResource::attach(wl_resource* buffer, std::int32_t x, std::int32_t y) {
  if (version() < WL_SURFACE_OFFSET_SINCE_VERSION)
    surface_->pending().offset = Point{x, y};
  else if (x != 0 || y != 0)
    return post_error(WL_SURFACE_ERROR_INVALID_OFFSET, "attach with the offset {},{}: use wl_surface.offset", x, y);
  // Every wl_buffer has an object behind it as long as it is there.
  BufferResource* const object = BufferResource::from(buffer);
  if (object)
    for (CommitExtension* extension : extensions_)
      if (!extension->before_attach())
        return;
  attached_ = object ? object->buffer() : nullptr;
}

namespace {

/// Too much damage is never wrong, and a region of countless rectangles costs everybody's time. The count is of what
/// the region has become: rectangles that cross each other make many of few.
void add_damage(Region& region, Rect rect) {
  region.add(rect);
  if (region.count() > SurfacePatch::max_damage_rects)
    region = Region(region.bounds());
}

} // namespace

void SurfaceResource::damage(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  add_damage(surface_->pending().surface_damage, {x, y, width, height});
}

void SurfaceResource::damage_buffer(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  add_damage(surface_->pending().buffer_damage, {x, y, width, height});
}

void SurfaceResource::frame(wl::NewId callback) {
  surface_->pending().callbacks.push_back(make_frame_callback(client(), callback));
}

void SurfaceResource::set_opaque_region(wl_resource* region) {
  const RegionResource* object = RegionResource::from(region);
  surface_->pending().opaque = object ? object->region() : Region();
}

void SurfaceResource::set_input_region(wl_resource* region) {
  const RegionResource* object = RegionResource::from(region);
  surface_->pending().input = object ? std::optional(object->region()) : std::nullopt;
}

void SurfaceResource::set_buffer_transform(std::int32_t transform) {
  if (transform < 0 || transform > WL_OUTPUT_TRANSFORM_FLIPPED_270)
    return post_error(WL_SURFACE_ERROR_INVALID_TRANSFORM, "there is no transform {}", transform);
  surface_->pending().transform = static_cast<Transform>(transform);
}

void SurfaceResource::set_buffer_scale(std::int32_t scale) {
  if (scale <= 0)
    return post_error(WL_SURFACE_ERROR_INVALID_SCALE, "the scale {} is not greater than 0", scale);
  surface_->pending().scale = scale;
}

void SurfaceResource::offset(std::int32_t x, std::int32_t y) {
  surface_->pending().offset = Point{x, y};
}

void SurfaceResource::take_result(const SurfacePatch& patch) {
  if (patch.buffer)
    result_.buffer = *patch.buffer;
  if (result_.buffer)
    result_.buffer->pixels.reset();
  if (patch.scale)
    result_.scale = *patch.scale;
  if (patch.transform)
    result_.transform = *patch.transform;
  if (patch.viewport_source)
    result_.viewport_source = *patch.viewport_source;
  if (patch.viewport_destination)
    result_.viewport_destination = *patch.viewport_destination;
}

bool SurfaceResource::check_size() const {
  if (!result_.buffer)
    return true;
  const Size size = result_.buffer->size;
  if (size.width % result_.scale == 0 && size.height % result_.scale == 0)
    return true;
  post_error(WL_SURFACE_ERROR_INVALID_SIZE, "the buffer's size {}x{} is not a multiple of the scale {}", size.width,
             size.height, result_.scale);
  return false;
}

/// Whether the client may have the picture that it commits.
bool SurfaceResource::take_picture() {
  if (!committing_ || committing_->kind() != BufferKind::Shm)
    return true;
  const BufferAttachment& picture = *result_.buffer;
  const std::uint64_t bytes = std::uint64_t{bytes_per_pixel(picture.format.fourcc)} *
                              static_cast<std::uint32_t>(picture.size.width) *
                              static_cast<std::uint32_t>(picture.size.height);
  if (!compositor_.take_picture(surface_->client(), picture_bytes_, bytes))
    return false;
  picture_bytes_ = bytes;
  return true;
}

BufferAttachment SurfaceResource::attachment() {
  if (committing_->kind() != BufferKind::Shm) {
    shm_turns_.cleared();
    return committing_->attachment();
  }
  // The cursor's plane shows copies, so that it never waits for a client.
  ShmWay way = surface_->role() == SurfaceRole::Cursor ? ShmWay::Upload : shm_turns_.next(committing_->id());
  // Nothing is held that nobody could give back.
  if (way != ShmWay::Upload && !(have_trial_timer() && committing_->stay_in_place()))
    way = ShmWay::Upload;
  shm_turns_.goes(way);
  hold_uploaded_ = way == ShmWay::UploadAndHold;
  return way == ShmWay::InPlace ? committing_->attachment_in_place() : committing_->attachment();
}

bool SurfaceResource::have_trial_timer() {
  if (!trial_)
    if (auto timer = compositor_.display().loop().make_timer([this] { give_back(); }))
      trial_ = std::move(*timer);
  return trial_ != nullptr;
}

/// Sees to it that the client gets back what it may be waiting for.
void SurfaceResource::watch_hold(const std::shared_ptr<ClientBuffer>& buffer) {
  looks_ = 0;
  if (shm_turns_.on_trial()) {
    on_trial_ = buffer;
    trial_->arm(compositor_.display().loop().clock().now() + shm_patience);
  } else if (on_trial_.lock()) {
    trial_->disarm();
    on_trial_.reset();
  }
}

void SurfaceResource::give_back() {
  const std::shared_ptr<ClientBuffer> buffer = on_trial_.lock();
  const bool queued = surface_->queued() > 0;
  // Until an output has it the client has not heard of a frame, and may have gone on but for that. But what is hidden,
  // or on a display that is off, is not waited for.
  const bool early = (queued || !surface_->latched()) && ++looks_ < most_looks;
  if (!early && (held_ || (buffer && compositor_.scene().upload_instead(*surface_, buffer->attachment())))) {
    held_.reset();
    shm_turns_.given_back();
  } else if (buffer && (early || queued)) {
    trial_->arm(compositor_.display().loop().clock().now() + shm_patience);
  }
}

void SurfaceResource::commit() {
  SurfacePatch& patch = surface_->pending();
  committing_ = attached_ ? std::exchange(*attached_, nullptr) : nullptr;
  if (attached_)
    patch.buffer = committing_ ? std::optional(attachment()) : std::nullopt;
  const bool attached = attached_.has_value();
  if (attached && !committing_)
    shm_turns_.cleared();
  attached_.reset();
  take_result(patch);
  if (!check_size())
    return;
  if (!take_picture())
    return post_no_memory();
  std::vector<std::unique_ptr<CommitConstraint>> constraints;
  for (CommitExtension* extension : std::vector(extensions_))
    if (!extension->before_commit(*this, patch, constraints))
      return;
  const std::shared_ptr<ClientBuffer> buffer = std::move(committing_);
  std::shared_ptr<ClientLease> lease = std::move(lease_);
  if (buffer && !lease) {
    lease = std::make_shared<ImplicitLease>(buffer, surface_id_, compositor_.scene().observer());
    const auto wanted_by = [this] { return compositor_.wanted_by(surface_id_); };
    if (const auto added = buffer->add_write_fences(compositor_.display().loop(), constraints, wanted_by); !added)
      return post_no_memory();
  }
  // The update has a colour's value in it, so the client gets the buffer back with the end of this call.
  const bool solid = buffer && buffer->kind() == BufferKind::Solid;
  if (buffer && !solid)
    (*patch.buffer)->lease = lease;
  // The scene's are the only holders from here on, but for a trial: the update may be applied and superseded within
  // the call.
  const std::weak_ptr<ClientLease> weak = lease;
  if (attached)
    held_ = std::exchange(hold_uploaded_, false) ? lease : nullptr;
  if (!solid)
    lease.reset();
  const Result<CommitId> commit = compositor_.scene().commit(*surface_, std::move(constraints));
  if (!commit)
    return post_no_memory();
  if (const auto held = weak.lock())
    held->set_commit(*commit);
  if (attached)
    watch_hold(buffer);
}

void SurfaceResource::enter(OutputId output) {
  outputs_.push_back(output);
  for (wl_resource* bound : compositor_.outputs().resources(output, client()))
    wl_surface_send_enter(resource(), bound);
  send_preferences();
}

void SurfaceResource::leave(OutputId output) {
  std::erase(outputs_, output);
  for (wl_resource* bound : compositor_.outputs().resources(output, client()))
    wl_surface_send_leave(resource(), bound);
  send_preferences();
}

void SurfaceResource::output_bound(const OutputResource& output) const {
  if (output.client() == client() && std::find(outputs_.begin(), outputs_.end(), output.output()) != outputs_.end())
    wl_surface_send_enter(resource(), output.resource());
}

void SurfaceResource::output_updated(OutputId output) {
  if (std::find(outputs_.begin(), outputs_.end(), output) != outputs_.end())
    send_preferences();
}

std::optional<double> SurfaceResource::preferred_scale() const {
  return preferred_scale_ ? preferred_scale_ : compositor_.outputs().common_scale();
}

void SurfaceResource::send_preferences() {
  double scale = 0;
  std::optional<Transform> transform;
  for (const OutputId id : outputs_) {
    const OutputDescription* description = compositor_.outputs().find(id);
    if (!description || description->scale < scale)
      continue;
    scale = description->scale;
    transform = description->transform;
  }
  // Shown nowhere: what was preferred last stays.
  if (!transform)
    return;
  if (std::exchange(preferred_scale_, scale) != scale)
    for (CommitExtension* extension : extensions_)
      extension->scale_preferred(scale);
  if (version() < WL_SURFACE_PREFERRED_BUFFER_SCALE_SINCE_VERSION)
    return;
  const std::int32_t whole = whole_scale(scale);
  if (sent_scale_ != whole)
    wl_surface_send_preferred_buffer_scale(resource(), whole);
  if (sent_transform_ != transform)
    wl_surface_send_preferred_buffer_transform(resource(), static_cast<std::uint32_t>(*transform));
  sent_scale_ = whole;
  sent_transform_ = transform;
}

} // namespace fenceline
