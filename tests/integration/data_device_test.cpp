// The protocol errors of wl_data_device_manager's objects, and what drags do as long as there are none. The manager
// itself has no errors in wayland.xml.
#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class DataDeviceTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window = &a->window("a");
    keyboard = &a->keyboard();
    device = &a->device();
    pump();
  }
  /// Client a has the keyboard: it may set the selection.
  void select(const SourceObject& source) const {
    wl_data_device_set_selection(device->proxy, source.proxy, keyboard->enter_serial);
  }
  /// The offer of a selection that a has made itself.
  OfferObject& own_offer() {
    select(a->source());
    pump();
    return *device->offers.back();
  }

  ShownWindow* window = nullptr;
  KeyboardObject* keyboard = nullptr;
  DeviceObject* device = nullptr;
};

// wl_data_source.error invalid_action_mask (0).

TEST_F(DataDeviceTest, AnUnknownActionIsInvalidActionMask) {
  wl_data_source_set_actions(a->source().proxy, 8);
  expect_error("wl_data_source 0");
}

TEST_F(DataDeviceTest, EveryKnownSetOfActionsIsFine) {
  for (std::uint32_t actions = 0; actions <= 7; ++actions)
    wl_data_source_set_actions(a->source().proxy, actions);
  expect_alive();
}

// wl_data_source.error invalid_source (1): "source doesn't accept this request".

TEST_F(DataDeviceTest, ASourceGetsItsActionsOnce) {
  const SourceObject& source = a->source();
  wl_data_source_set_actions(source.proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  wl_data_source_set_actions(source.proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  expect_error("wl_data_source 1");
}

TEST_F(DataDeviceTest, ASourceWithActionsIsNoSelection) {
  const SourceObject& source = a->source();
  wl_data_source_set_actions(source.proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  select(source);
  expect_error("wl_data_source 1");
}

TEST_F(DataDeviceTest, ASelectionGetsNoActions) {
  const SourceObject& source = a->source();
  select(source);
  wl_data_source_set_actions(source.proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  expect_error("wl_data_source 1");
}

TEST_F(DataDeviceTest, ADraggedSourceGetsNoActionsAnyMore) {
  const SourceObject& source = a->source();
  wl_data_device_start_drag(device->proxy, source.proxy, window->surface, nullptr, keyboard->enter_serial);
  wl_data_source_set_actions(source.proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  expect_error("wl_data_source 1");
}

// wl_data_device.error role (0).

TEST_F(DataDeviceTest, AToplevelIsNoDragIcon) {
  wl_data_device_start_drag(device->proxy, nullptr, window->surface, window->surface, keyboard->enter_serial);
  expect_error("wl_data_device 0");
}

TEST_F(DataDeviceTest, ADragIconIsNothingElse) {
  wl_surface* icon = a->surface();
  wl_data_device_start_drag(device->proxy, nullptr, window->surface, icon, keyboard->enter_serial);
  wl_data_device_start_drag(device->proxy, nullptr, window->surface, icon, keyboard->enter_serial);
  expect_alive();
  wl_pointer_set_cursor(a->pointer().proxy, 0, icon, 0, 0);
  expect_error("wl_pointer 0");
}

// wl_data_device.error used_source (1).

TEST_F(DataDeviceTest, ASourceIsASelectionOnce) {
  const SourceObject& source = a->source();
  select(source);
  select(source);
  expect_error("wl_data_device 1");
}

TEST_F(DataDeviceTest, ASourceThatWasReplacedIsUsedToo) {
  const SourceObject& source = a->source();
  select(source);
  select(a->source());
  expect_alive();
  select(source);
  expect_error("wl_data_device 1");
}

TEST_F(DataDeviceTest, ASelectionIsNotDragged) {
  const SourceObject& source = a->source();
  select(source);
  wl_data_device_start_drag(device->proxy, source.proxy, window->surface, nullptr, keyboard->enter_serial);
  expect_error("wl_data_device 1");
}

TEST_F(DataDeviceTest, ADraggedSourceIsNoSelection) {
  const SourceObject& source = a->source();
  wl_data_device_start_drag(device->proxy, source.proxy, window->surface, nullptr, keyboard->enter_serial);
  select(source);
  expect_error("wl_data_device 1");
}

// wl_data_offer.error invalid_finish (0) and invalid_offer (3). All offers are selections as long as there are no
// drags.

TEST_F(DataDeviceTest, ASelectionIsNotFinished) {
  wl_data_offer_finish(own_offer().proxy);
  expect_error("wl_data_offer 0");
}

TEST_F(DataDeviceTest, AnOfferWhoseSourceIsGoneIsNotFinishedEither) {
  SourceObject& source = a->source();
  select(source);
  pump();
  a->drop(source.proxy, wl_data_source_destroy);
  pump();
  wl_data_offer_finish(device->offers.back()->proxy);
  expect_error("wl_data_offer 0");
}

TEST_F(DataDeviceTest, ASelectionHasNoActions) {
  wl_data_offer_set_actions(own_offer().proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY,
                            WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  expect_error("wl_data_offer 3");
}

TEST_F(DataDeviceTest, InvalidActionsOfASelectionAreInvalidOffer) {
  // invalid_action_mask (1) and invalid_action (2) are about the actions of a drag's offer. No client can have one
  // before there are drags: what comes first is that this offer has no actions at all.
  wl_data_offer_set_actions(own_offer().proxy, 0xff, 8);
  expect_error("wl_data_offer 3");
}

TEST_F(DataDeviceTest, AcceptingASelectionChangesNothing) {
  SourceObject& source = a->source();
  select(source);
  pump();
  const OfferObject& offer = *device->offers.back();
  wl_data_offer_accept(offer.proxy, 0, "text/plain");
  wl_data_offer_accept(offer.proxy, 12345, "no/such");
  wl_data_offer_accept(offer.proxy, 0, nullptr);
  expect_alive();
  EXPECT_EQ(source.take(), "") << "target is for drags";
}

// Requests that an older version does not have are libwayland's invalid_method.

TEST_F(DataDeviceTest, Version2HasNoActions) {
  wl_data_source_set_actions(a->source({"text/plain"}, 2).proxy, 1);
  expect_error("EINVAL");
}

TEST_F(DataDeviceTest, Version2HasNoFinish) {
  const DeviceObject& old = a->device(2);
  select(a->source());
  pump();
  ASSERT_EQ(old.offers.size(), 1U);
  wl_data_offer_finish(old.offers.back()->proxy);
  expect_error("EINVAL");
}

TEST_F(DataDeviceTest, Version2CanReleaseItsDevice) {
  DeviceObject& old = a->device(2);
  pump();
  old.take();
  a->drop(old.proxy, wl_data_device_release);
  select(a->source());
  expect_alive();
  EXPECT_EQ(old.take(), "");
  EXPECT_EQ(device->take(), "offer; selection [text/plain]; ");
}

// Drags come later; until then each is cancelled at once.

TEST_F(DataDeviceTest, ADragIsCancelledAndNobodyElseHearsOfIt) {
  DeviceObject& other = b->device();
  b->window("b");
  SourceObject& source = a->source();
  wl_data_source_set_actions(source.proxy, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
  input.move(280, 210);
  input.button(BTN_LEFT, true);
  pump();
  device->take();
  other.take();
  wl_data_device_start_drag(device->proxy, source.proxy, window->surface, a->surface(), server.display->serial());
  input.move(400, 300);
  input.button(BTN_LEFT, false);
  expect_alive();
  EXPECT_EQ(source.take(), "cancelled; ");
  EXPECT_EQ(device->take() + other.take(), "");
}

TEST_F(DataDeviceTest, ADragWithoutASourceIsNothing) {
  wl_data_device_start_drag(device->proxy, nullptr, window->surface, nullptr, 0);
  device->take();
  expect_alive();
  EXPECT_EQ(device->take(), "");
}

TEST_F(DataDeviceTest, AnOldSourceHearsOnlyThatItWasReplaced) {
  SourceObject& old = a->source({"text/plain"}, 2);
  wl_data_device_start_drag(device->proxy, old.proxy, window->surface, nullptr, keyboard->enter_serial);
  pump();
  EXPECT_EQ(old.take(), "") << "wl_data_source.cancelled, versions before 3";
  SourceObject& selection = a->source({"text/plain"}, 2);
  select(selection);
  select(a->source());
  pump();
  EXPECT_EQ(selection.take(), "cancelled; ");
}

// A flood of types is the client's end, not the session's memory, and not the end of another client.

TEST_F(DataDeviceTest, TypesWithoutEndAreNoMemory) {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < DataSource::max_types; ++i)
    types.push_back("x/" + std::to_string(i));
  const SourceObject& source = a->source(types);
  expect_alive();
  wl_data_source_offer(source.proxy, "one/more");
  expect_error("ENOMEM");
}

TEST_F(DataDeviceTest, LongTypesWithoutEndAreNoMemory) {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < DataSource::max_type_bytes / 1024; ++i)
    types.push_back(std::string(1020, 'x') + std::to_string(1000 + i));
  const SourceObject& source = a->source(types);
  expect_alive();
  wl_data_source_offer(source.proxy, "x");
  expect_error("ENOMEM");
}

TEST_F(DataDeviceTest, ATypeThatIsOfferedTwiceIsOneType) {
  const SourceObject& source = a->source({"text/plain", "x/y", "text/plain"});
  for (std::size_t i = 0; i < 2 * DataSource::max_types; ++i)
    wl_data_source_offer(source.proxy, "x/y");
  select(source);
  device->take();
  expect_alive();
  EXPECT_EQ(device->take(), "offer; selection [text/plain x/y]; ");
}

TEST_F(DataDeviceTest, TheLargestOfferEndsNobodyWhoIsSlowToRead) {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < DataSource::max_type_bytes / 1024; ++i)
    types.push_back(std::string(1020, 'x') + std::to_string(1000 + i));
  const DeviceObject& slow = b->device();
  b->window("b");
  pump();
  select(a->source(types));
  a->pump();
  // a may not: b has the keyboard. So a gets it back, selects, and b is given it again and again without reading.
  const SurfaceId mine = a->resource(window->surface)->surface_id();
  const SurfaceId others = server.desktop.keyboard_focus().value();
  server.desktop.clicked(mine);
  a->pump();
  select(a->source(types));
  a->pump();
  for (int i = 0; i < 8; ++i) {
    server.desktop.clicked(others);
    server.desktop.clicked(mine);
    a->pump();
  }
  server.desktop.clicked(others);
  expect_alive();
  ASSERT_TRUE(slow.selection);
  EXPECT_EQ(slow.selection->types, types);
}

} // namespace
} // namespace fenceline::test
