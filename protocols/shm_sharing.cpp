#include "protocols/shm_sharing.h"

#include <drm_fourcc.h>

#include <cerrno>

namespace fenceline {

Result<std::unique_ptr<ShmSharing::Shared>> ShmSharing::share(ClientId client, BufferId buffer, const ShmPlace& place) {
  const std::uint64_t page = page_size();
  const std::uint64_t begin = place.offset / page * page;
  const std::uint64_t length = std::uint64_t{place.stride} * static_cast<std::uint32_t>(place.size.height);
  const std::uint64_t bytes = (place.offset + length + page - 1) / page * page - begin;
  if (bytes > exporter_->largest())
    return Error{"larger than udmabuf's size_limit_mb", E2BIG};
  const auto of_client = of_clients_.find(client);
  const std::uint64_t before = of_client != of_clients_.end() ? of_client->second : 0;
  if (bytes > most_of_a_client - before)
    return Error{"the client has too much shared memory", ENOMEM};

  auto memory = exporter_->export_pages(place.file, begin, bytes);
  if (!memory)
    return memory.error();
  DmabufAttributes attributes;
  attributes.size = place.size;
  attributes.format = {place.fourcc, DRM_FORMAT_MOD_LINEAR};
  attributes.plane_count = 1;
  attributes.planes[0] = {std::move(*memory), static_cast<std::uint32_t>(place.offset - begin), place.stride};
  if (const auto imported = importer_.import_dmabuf(buffer, attributes); !imported)
    return imported.error();
  of_clients_[client] = before + bytes;
  pictures_.insert(buffer);
  bytes_ += bytes;
  return std::make_unique<Shared>(*this, buffer, client, bytes);
}

ShmSharing::Shared::~Shared() {
  sharing_.importer_.forget_buffer(buffer_);
  sharing_.pictures_.erase(buffer_);
  sharing_.bytes_ -= bytes_;
  const auto of_client = sharing_.of_clients_.find(client_);
  of_client->second -= bytes_;
  if (of_client->second == 0)
    sharing_.of_clients_.erase(of_client);
}

} // namespace fenceline
