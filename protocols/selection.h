#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compositor/wl/listener.h"
#include "protocols/seat_global.h"

namespace fenceline {

class Selection;

/// What a client offers to others, whichever protocol it speaks: types, and a way to ask it for the data. Its pipes are
/// handed over, never pumped: the data does not pass through the session.
class OfferedData {
 public:
  /// Types without end would be the session's memory, and what is offered to another client at once has to fit into
  /// what that one may leave unread (wl::Display::default_max_unread), or it would be thrown out for it.
  static constexpr std::size_t max_types = 1024;
  static constexpr std::size_t max_type_bytes = std::size_t{64} << 10; ///< Of all types together.

  OfferedData() = default;
  virtual ~OfferedData();
  OfferedData(const OfferedData&) = delete;
  OfferedData& operator=(const OfferedData&) = delete;

  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }
  /// It serves once, as a selection or for a drag.
  [[nodiscard]] bool used() const { return used_; }
  void set_used() { used_ = true; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  /// Another one has taken its place: nobody gets anything from it any more.
  void cancel();
  /// Asks its client to write into the descriptor.
  virtual void send(const char* type, int fd) = 0;
  /// The object behind it; null while it is being destroyed.
  [[nodiscard]] virtual wl_resource* source_resource() const = 0;

 protected:
  /// Types are a set. False: there are too many.
  [[nodiscard]] bool add_type(const char* type);
  virtual void send_cancelled() = 0;

 private:
  friend class Selection;
  std::vector<std::string> types_;
  std::size_t type_bytes_ = 0;
  bool used_ = false, cancelled_ = false;
  Selection* selection_ = nullptr; ///< That it is the content of.
};

/// The way back from an offer to what it offers. It outlives its source: what is received then is empty.
class OfferLink {
 public:
  explicit OfferLink(OfferedData& source) : source_(&source), gone_([this](wl_resource*) { source_ = nullptr; }) {
    gone_.on_destroy(source.source_resource());
  }
  [[nodiscard]] OfferedData* get() const { return source_; }
  void cut() {
    source_ = nullptr;
    gone_.disconnect();
  }
  void receive(const char* type, const UniqueFd& fd) const {
    if (source_ && !source_->cancelled())
      source_->send(type, fd.get());
  }

 private:
  OfferedData* source_;
  wl::Listener<wl_resource> gone_;
};

/// A client's listener to a selection.
class SelectionDevice {
 public:
  virtual ~SelectionDevice() = default;
  [[nodiscard]] virtual wl_client* selection_client() const = 0;
  /// Offers the source, or says that there is no selection.
  virtual void send_selection(OfferedData* source) = 0;
};

/// One selection of the seat: the clipboard, or the primary one. It is seen by the client that has the keyboard, and
/// set with the serial of something that the user has done there.
class Selection {
 public:
  explicit Selection(SeatGlobal& seat);
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;
  ~Selection();

  void add(SelectionDevice& device);
  void remove(SelectionDevice& device) { std::erase(devices_, &device); }
  /// A client's wish, with null to unset it. One that is not the user's cancels the source.
  void request(wl_client* client, OfferedData* source, std::uint32_t serial);

 private:
  friend class OfferedData;
  /// Whether a newer event than this serial's has set the selection.
  [[nodiscard]] bool is_stale(std::uint32_t serial) const;
  void set(OfferedData* source);
  /// It is being destroyed: nobody is left to be told that it is cancelled.
  void content_gone();
  void send_to(wl_client* client);

  SeatGlobal& seat_;
  std::vector<SelectionDevice*> devices_;
  OfferedData* content_ = nullptr;
  std::optional<std::uint32_t> serial_; ///< Of the request that has set or unset it.
};

} // namespace fenceline
