// What is marked with the mouse: as the clipboard, with a protocol of its own.
#include <fcntl.h>
#include <fmt/format.h>
#include <primary-selection-v1-client-protocol.h>
#include <unistd.h>

#include <array>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

struct PrimaryOffer {
  zwp_primary_selection_offer_v1* proxy = nullptr;
  std::vector<std::string> types;
};

struct PrimaryDevice : Heard {
  using Heard::Heard;
  zwp_primary_selection_device_v1* proxy = nullptr;
  std::vector<std::unique_ptr<PrimaryOffer>> offers;
};

struct PrimarySource : Heard {
  using Heard::Heard;
  zwp_primary_selection_source_v1* proxy = nullptr;
  UniqueFd sent;
};

class PrimarySelectionTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window_a = &a->window("a");
    window_b = &b->window("b");
    keyboard_a = &a->keyboard();
    keyboard_b = &b->keyboard();
    device_a = &device(*a);
    device_b = &device(*b);
    click_on_a();
  }
  void click_on_a() {
    input.move(280, 210);
    click();
    pump();
  }
  void click_on_b() {
    input.move(390, 300);
    click();
    pump();
  }
  PrimaryDevice& device(SeatClient& client) {
    PrimaryDevice& object = *devices_.emplace_back(std::make_unique<PrimaryDevice>(client));
    object.proxy = client.own(zwp_primary_selection_device_manager_v1_get_device(manager(client), client.seat));
    static constexpr zwp_primary_selection_offer_v1_listener offer_listener{
        .offer = [](void* data, zwp_primary_selection_offer_v1*, const char* type) {
          static_cast<PrimaryOffer*>(data)->types.emplace_back(type);
        }};
    static constexpr zwp_primary_selection_device_v1_listener listener{
        .data_offer =
            [](void* data, zwp_primary_selection_device_v1*, zwp_primary_selection_offer_v1* proxy) {
              auto* self = static_cast<PrimaryDevice*>(data);
              self->owner().own(proxy);
              self->offers.push_back(std::make_unique<PrimaryOffer>());
              self->offers.back()->proxy = proxy;
              zwp_primary_selection_offer_v1_add_listener(proxy, &offer_listener, self->offers.back().get());
            },
        .selection =
            [](void* data, zwp_primary_selection_device_v1*, zwp_primary_selection_offer_v1* proxy) {
              auto* self = static_cast<PrimaryDevice*>(data);
              self->add(proxy ? fmt::format("selection [{}]", fmt::join(self->offers.back()->types, " "))
                              : "no selection");
            }};
    zwp_primary_selection_device_v1_add_listener(object.proxy, &listener, &object);
    return object;
  }
  PrimarySource& source(SeatClient& client, const std::vector<std::string>& types = {"text/plain"}) {
    PrimarySource& object = *sources_.emplace_back(std::make_unique<PrimarySource>(client));
    object.proxy = client.own(zwp_primary_selection_device_manager_v1_create_source(manager(client)));
    static constexpr zwp_primary_selection_source_v1_listener listener{
        .send =
            [](void* data, zwp_primary_selection_source_v1*, const char* type, std::int32_t fd) {
              static_cast<PrimarySource*>(data)->sent = UniqueFd(fd);
              static_cast<PrimarySource*>(data)->add(fmt::format("send {}", type));
            },
        .cancelled = [](void* data,
                        zwp_primary_selection_source_v1*) { static_cast<PrimarySource*>(data)->add("cancelled"); }};
    zwp_primary_selection_source_v1_add_listener(object.proxy, &listener, &object);
    for (const std::string& type : types)
      zwp_primary_selection_source_v1_offer(object.proxy, type.c_str());
    return object;
  }
  static zwp_primary_selection_device_manager_v1* manager(SeatClient& client) {
    return client.bind<zwp_primary_selection_device_manager_v1>(zwp_primary_selection_device_manager_v1_interface);
  }

  ShownWindow* window_a = nullptr;
  ShownWindow* window_b = nullptr;
  KeyboardObject* keyboard_a = nullptr;
  KeyboardObject* keyboard_b = nullptr;
  PrimaryDevice* device_a = nullptr;
  PrimaryDevice* device_b = nullptr;

 private:
  std::vector<std::unique_ptr<PrimaryDevice>> devices_;
  std::vector<std::unique_ptr<PrimarySource>> sources_;
};

TEST_F(PrimarySelectionTest, ItIsSeenByWhoHasTheKeyboardAndReadFromItsOwner) {
  PrimarySource& marked = source(*a, {"text/plain", "text/html"});
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, marked.proxy, keyboard_a->enter_serial);
  pump();
  EXPECT_EQ(device_a->take(), "selection [text/plain text/html]; ");
  EXPECT_EQ(device_b->take(), "");
  click_on_b();
  EXPECT_EQ(device_b->take(), "selection [text/plain text/html]; ");
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(pipe[0]);
  zwp_primary_selection_offer_v1_receive(device_b->offers.back()->proxy, "text/html", pipe[1]);
  pump();
  ::close(pipe[1]);
  EXPECT_EQ(marked.take(), "send text/html; ");
  marked.sent = UniqueFd();
  char end = 0;
  EXPECT_EQ(::read(read_end.get(), &end, 1), 0);
}

TEST_F(PrimarySelectionTest, ItIsNotTheClipboard) {
  DeviceObject& clipboard = a->device();
  SourceObject& copied = a->source({"image/png"});
  wl_data_device_set_selection(clipboard.proxy, copied.proxy, keyboard_a->enter_serial);
  PrimarySource& marked = source(*a);
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, marked.proxy, keyboard_a->enter_serial);
  pump();
  EXPECT_EQ(clipboard.take(), "offer; selection [image/png]; ");
  EXPECT_EQ(device_a->take(), "selection [text/plain]; ");
  EXPECT_EQ(copied.take() + marked.take(), "");
}

TEST_F(PrimarySelectionTest, AnotherTakesItsPlaceAndAnotherClientToo) {
  PrimarySource& first = source(*a);
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, first.proxy, keyboard_a->enter_serial);
  pump();
  click_on_b();
  PrimarySource& second = source(*b, {"b"});
  zwp_primary_selection_device_v1_set_selection(device_b->proxy, second.proxy, keyboard_b->enter_serial);
  pump();
  EXPECT_EQ(first.take(), "cancelled; ");
  EXPECT_EQ(device_b->take(), "selection [text/plain]; selection [b]; ");
  zwp_primary_selection_device_v1_set_selection(device_b->proxy, nullptr, keyboard_b->enter_serial);
  pump();
  EXPECT_EQ(second.take(), "cancelled; ");
  EXPECT_EQ(device_b->take(), "no selection; ");
}

TEST_F(PrimarySelectionTest, AClientInTheBackgroundMayNotSetIt) {
  PrimarySource& refused = source(*b);
  for (const std::uint32_t serial : {keyboard_b->enter_serial, keyboard_a->enter_serial, server.display->serial()}) {
    zwp_primary_selection_device_v1_set_selection(device_b->proxy, refused.proxy, serial);
    pump();
    EXPECT_EQ(refused.take(), "cancelled; ");
  }
  EXPECT_EQ(device_a->take(), "");
}

TEST_F(PrimarySelectionTest, ASourceThatServesGoesOnServing) {
  PrimarySource& marked = source(*a);
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, marked.proxy, keyboard_a->enter_serial);
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, marked.proxy, keyboard_a->enter_serial);
  pump();
  EXPECT_EQ(device_a->take(), "selection [text/plain]; ");
  expect_alive();
}

TEST_F(PrimarySelectionTest, WithItsSourceOrItsClientItIsGone) {
  PrimarySource& marked = source(*a);
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, marked.proxy, keyboard_a->enter_serial);
  pump();
  device_a->take();
  a->drop(marked.proxy, zwp_primary_selection_source_v1_destroy);
  pump();
  EXPECT_EQ(device_a->take(), "no selection; ");
  PrimarySource& second = source(*a);
  zwp_primary_selection_device_v1_set_selection(device_a->proxy, second.proxy, keyboard_a->enter_serial);
  pump();
  click_on_b();
  EXPECT_EQ(device_b->take(), "selection [text/plain]; ");
  a->disconnect();
  a.reset();
  pump();
  EXPECT_EQ(device_b->take(), "no selection; ");
  // The offer outlives it, to no effect.
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(pipe[0]), write_end(pipe[1]);
  zwp_primary_selection_offer_v1_receive(device_b->offers.back()->proxy, "text/plain", write_end.get());
  pump();
  EXPECT_EQ(b->error(), "");
}

TEST_F(PrimarySelectionTest, TypesWithoutEndEndTheClient) {
  PrimarySource& marked = source(*a);
  for (std::size_t i = 0; i < OfferedData::max_types; ++i)
    zwp_primary_selection_source_v1_offer(marked.proxy, fmt::format("type/{}", i).c_str());
  expect_error("ENOMEM");
}

} // namespace
} // namespace fenceline::test
