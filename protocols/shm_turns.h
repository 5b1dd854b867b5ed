#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "compositor/frame/ids.h"

namespace fenceline {

/// What becomes of a wl_shm picture.
enum class ShmWay : std::uint8_t {
  Upload,        ///< It is copied, and the client has its buffer back as soon as that is done.
  UploadAndHold, ///< It is copied, but the client gets the buffer back late, as if it were shown in place.
  InPlace,       ///< Devices read it where it is; the client has the buffer back when another picture is on the screen.
};

/// Decides for each wl_shm picture of one surface whether devices read it where it is, or it is uploaded.
///
/// Reading it in place costs nothing, but the client gets the buffer back late. A client that draws into two or more
/// buffers by turns loses nothing by that. One that has a single buffer, and waits for it, would wait for ever; one
/// that does not wait would draw into what is being shown. And one that has two, but takes the first that is free,
/// looks as if it had one for as long as it gets that back early. So:
///
/// 1. The first picture in a buffer is uploaded: most buffers never have a second one (icons, splash screens, what is
///    made anew for each frame), and making a buffer readable costs more than an upload.
/// 2. A buffer that comes again, with another in between, is shown in place: the client takes turns.
/// 3. When a buffer follows on itself, the client is tried: its picture is uploaded, but the buffer is held. If it goes
///    on with another one, it has more. If nothing comes within a time that the surface sets, the buffer is given back.
/// 4. Where nothing has come while a buffer was held, or the same buffer, which nobody had waited for, the client may
///    have one only, or wait for each before it draws the next: for the next `wary_for` pictures everything is uploaded
///    and nothing is tried. Each time that this happens doubles the number, to `wary_at_most`.
/// 5. Until the client has gone on to another buffer `proof` times in a row while one was held, a hold in place ends by
///    time as a trial does: the picture is uploaded late, and the buffer given back.
///
/// So a client with one buffer is late for one picture in a trial, ever more rarely; its pictures never tear, for in a
/// trial they are uploaded.
class ShmTurns {
 public:
  /// Pictures before the first trial: most surfaces that do not move have no more.
  static constexpr unsigned wary_at_first = 2;
  static constexpr unsigned wary_for = 8;
  static constexpr unsigned wary_at_most = 480;
  static constexpr unsigned proof = 3;
  /// Buffers that are remembered: as many as anybody takes turns with.
  static constexpr std::size_t most_buffers = 8;

  /// A picture in the buffer is committed: what should become of it.
  [[nodiscard]] ShmWay next(BufferId buffer);
  /// What does become of it: the buffer may not be readable for devices.
  void goes(ShmWay way) { held_ = way != ShmWay::Upload; }
  /// The last picture's buffer is held, and nobody knows yet whether the client can do without it.
  [[nodiscard]] bool on_trial() const { return held_ && moved_on_ < proof; }
  /// The buffer was given back, for nothing has followed it.
  void given_back();
  /// No picture any more (a null buffer, or one that is not wl_shm).
  void cleared();

 private:
  std::vector<BufferId> seen_; ///< The latest is last.
  bool held_ = false;          ///< The latest.
  bool given_back_ = false;    ///< The latest was held, and is not any more.
  unsigned moved_on_ = 0;      ///< Times in a row that another buffer came while one was held.
  unsigned wary_ = wary_at_first;
  unsigned wary_next_ = wary_for;
};

} // namespace fenceline
