#pragma once
#include <memory>
#include <string>

#include "compositor/app/import_door.h"
#include "compositor/base/log.h"
#include "protocols/shm_sharing.h"

namespace fenceline {

/// What a session has of wl_shm pictures that devices read where they are.
struct ShmInPlace {
  std::unique_ptr<ShmSharing> sharing; ///< Null: all is uploaded.
  bool on_planes = false;              ///< The display reads them too, not the renderer alone.
  std::string finding;                 ///< Why, or who reads them; for a person.
};

/// Tries it with a picture of its own: whether there is udmabuf, whether the renderer and the display take its memory.
/// Says in the log what it found. `wanted`: false where the user has switched it off.
[[nodiscard]] ShmInPlace open_shm_in_place(bool wanted, ImportDoor& door, const ScanoutDevice& device,
                                           IdSource<BufferId>& ids, Log& log);

} // namespace fenceline
