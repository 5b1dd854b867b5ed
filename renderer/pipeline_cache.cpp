#include "renderer/pipeline_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <span>

#include "compositor/base/fd.h"

namespace fenceline {

namespace {

// Drivers check little of what they are given, so the file carries a length and a hash of its own before the driver's
// data.
struct FileHeader {
  char magic[8] = {'F', 'L', 'P', 'I', 'P', 'E', '0', '1'};
  std::uint64_t size = 0;
  std::uint64_t hash = 0;
};
constexpr std::uint64_t max_size = std::uint64_t{64} << 20;

std::uint64_t fnv1a(std::span<const std::byte> data) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte b : data)
    hash = (hash ^ static_cast<std::uint64_t>(b)) * 0x100000001b3U;
  return hash;
}

bool read_all(int fd, void* to, std::size_t size) {
  auto* at = static_cast<std::byte*>(to);
  while (size > 0) {
    const ssize_t n = ::read(fd, at, size);
    if (n <= 0)
      return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool write_all(int fd, const void* from, std::size_t size) {
  const auto* at = static_cast<const std::byte*>(from);
  while (size > 0) {
    const ssize_t n = ::write(fd, at, size);
    if (n <= 0)
      return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

/// The specification's header: made by this very driver for this very device.
bool fits(std::span<const std::byte> data, const VkPhysicalDeviceProperties& properties) {
  VkPipelineCacheHeaderVersionOne header{};
  if (data.size() < sizeof(header))
    return false;
  std::memcpy(&header, data.data(), sizeof(header));
  return header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE && header.vendorID == properties.vendorID &&
         header.deviceID == properties.deviceID &&
         std::memcmp(header.pipelineCacheUUID, properties.pipelineCacheUUID, VK_UUID_SIZE) == 0;
}

} // namespace

PipelineCache::PipelineCache(const VulkanDevice& device, Log& log, const std::filesystem::path& folder)
    : device_(device), log_(log) {
  if (!folder.empty())
    file_ = folder / fmt::format("pipelines-{:x}-{:x}.bin", device.properties().vendorID, device.properties().deviceID);
  const std::vector<std::byte> data = load();
  loaded_hash_ = fnv1a(data);
  VkPipelineCacheCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  info.initialDataSize = data.size();
  info.pInitialData = data.data();
  if (const VkResult r = vkCreatePipelineCache(device.handle(), &info, nullptr, &cache_); r != VK_SUCCESS) {
    log_.debug("{}", vk_error("no pipeline cache", r).text());
    cache_ = VK_NULL_HANDLE;
  }
}

PipelineCache::~PipelineCache() {
  if (!file_.empty() && cache_ != VK_NULL_HANDLE)
    store();
  vkDestroyPipelineCache(device_.handle(), cache_, nullptr);
}

std::vector<std::byte> PipelineCache::load() const {
  if (file_.empty())
    return {};
  const UniqueFd fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid())
    return {};
  FileHeader header;
  const FileHeader expected;
  if (!read_all(fd.get(), &header, sizeof(header)) ||
      std::memcmp(header.magic, expected.magic, sizeof(header.magic)) != 0 || header.size > max_size) {
    log_.debug("pipeline cache {} is not one: ignored", file_.string());
    return {};
  }
  std::vector<std::byte> data(header.size);
  if (!read_all(fd.get(), data.data(), data.size()) || fnv1a(data) != header.hash ||
      !fits(data, device_.properties())) {
    log_.debug("pipeline cache {} is damaged or another driver's: ignored", file_.string());
    return {};
  }
  return data;
}

void PipelineCache::store() const {
  std::size_t size = 0;
  if (vkGetPipelineCacheData(device_.handle(), cache_, &size, nullptr) != VK_SUCCESS || size == 0 || size > max_size)
    return;
  std::vector<std::byte> data(size);
  if (vkGetPipelineCacheData(device_.handle(), cache_, &size, data.data()) != VK_SUCCESS)
    return;
  data.resize(size);
  FileHeader header;
  header.size = data.size();
  header.hash = fnv1a(data);
  if (header.hash == loaded_hash_)
    return;

  // A reader sees the old file or the new one, never half of one.
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  std::string temporary = file_.string() + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) {
    log_.debug("{}", Error::from_errno("cannot write the pipeline cache " + file_.string()).text());
    return;
  }
  if (!write_all(fd.get(), &header, sizeof(header)) || !write_all(fd.get(), data.data(), data.size()) ||
      ::fchmod(fd.get(), 0644) != 0 || ::rename(temporary.c_str(), file_.c_str()) != 0) {
    log_.debug("{}", Error::from_errno("cannot write the pipeline cache " + file_.string()).text());
    (void)::unlink(temporary.c_str());
  }
}

} // namespace fenceline
