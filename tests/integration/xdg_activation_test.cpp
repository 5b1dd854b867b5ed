#include "tests/integration/seat_client.h"
#include "xdg-activation-v1-client-protocol.h"

namespace fenceline::test {
namespace {

class XdgActivationTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    back = &b->window("b");
    front = &a->window("a");
    seat = &a->bind_seat();
    keyboard = &a->keyboard();
    pump();
    activation = a->bind<xdg_activation_v1>(xdg_activation_v1_interface);
    its = b->bind<xdg_activation_v1>(xdg_activation_v1_interface);
  }
  /// Committed; the name that it got.
  std::string token(std::optional<std::uint32_t> serial) {
    xdg_activation_token_v1* made = a->own(xdg_activation_v1_get_activation_token(activation));
    static constexpr xdg_activation_token_v1_listener listener{
        .done = [](void* data, xdg_activation_token_v1*, const char* name) {
          *static_cast<std::string*>(data) = name;
        }};
    std::string name;
    xdg_activation_token_v1_add_listener(made, &listener, &name);
    if (serial)
      xdg_activation_token_v1_set_serial(made, *serial, seat->proxy);
    xdg_activation_token_v1_set_surface(made, front->surface);
    xdg_activation_token_v1_set_app_id(made, "a");
    xdg_activation_token_v1_commit(made);
    pump();
    a->drop(made, xdg_activation_token_v1_destroy);
    return name;
  }
  void activate(const std::string& name) {
    xdg_activation_v1_activate(its, name.c_str(), back->surface);
    expect_alive();
  }
  [[nodiscard]] bool back_has_focus() const {
    return server.desktop.keyboard_focus() == b->scene_surface(back->surface).id();
  }

  ShownWindow *back = nullptr, *front = nullptr;
  SeatObject* seat = nullptr;
  KeyboardObject* keyboard = nullptr;
  xdg_activation_v1 *activation = nullptr, *its = nullptr;
};

TEST_F(XdgActivationTest, ATokenOfWhatTheUserDidBringsAnotherWindowToTheFront) {
  const std::string name = token(keyboard->enter_serial);
  EXPECT_EQ(name.size(), 32U);
  ASSERT_FALSE(back_has_focus());
  activate(name);
  EXPECT_TRUE(back_has_focus());
  server.desktop.clicked(a->scene_surface(front->surface).id());
  activate(name);
  EXPECT_FALSE(back_has_focus()) << "it was good once";
}

TEST_F(XdgActivationTest, OtherTokensDoNothing) {
  for (const std::string& name :
       {token(std::nullopt), token(keyboard->enter_serial + 100000), std::string("made up"), std::string()}) {
    activate(name);
    EXPECT_FALSE(back_has_focus()) << name;
  }
  EXPECT_EQ(server.activation.tokens(), 0U) << "nothing is kept of them";
}

TEST_F(XdgActivationTest, AClientHasSixteenTokensAtMost) {
  const std::string first = token(keyboard->enter_serial);
  for (std::size_t i = 0; i < XdgActivationGlobal::max_per_client; ++i)
    (void)token(keyboard->enter_serial);
  EXPECT_EQ(server.activation.tokens(), XdgActivationGlobal::max_per_client);
  activate(first);
  EXPECT_FALSE(back_has_focus());
}

TEST_F(XdgActivationTest, ATokenGoesOutOfDate) {
  const std::string name = token(keyboard->enter_serial);
  server.activation_clock.time = server.activation_clock.time + XdgActivationGlobal::life + Nanoseconds(1);
  activate(name);
  EXPECT_FALSE(back_has_focus());
  EXPECT_EQ(server.activation.tokens(), 0U);
}

TEST_F(XdgActivationTest, ACommittedTokenIsUsed) {
  xdg_activation_token_v1* made = a->own(xdg_activation_v1_get_activation_token(activation));
  xdg_activation_token_v1_commit(made);
  xdg_activation_token_v1_commit(made);
  expect_error("xdg_activation_token_v1 0");
}

TEST_F(XdgActivationTest, ASurfaceThatIsNoWindowIsNotActivated) {
  wl_surface* bare = b->surface();
  xdg_activation_v1_activate(its, token(keyboard->enter_serial).c_str(), bare);
  expect_alive();
  EXPECT_FALSE(back_has_focus());
}

} // namespace
} // namespace fenceline::test
