#include <content-type-v1-client-protocol.h>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class ContentTypeTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_content_type_manager_v1>(wp_content_type_manager_v1_interface);
    surface = client->surface();
    put_on_output(surface);
    object = client->own(wp_content_type_manager_v1_get_surface_content_type(manager, surface));
    TestClient::show(surface, client->dmabuf_buffer(64, 64));
    expect_alive();
  }
  void set(std::uint32_t type) const { wp_content_type_v1_set_content_type(object, type); }
  void commit() const { wl_surface_commit(surface); }
  [[nodiscard]] ContentType content(std::size_t layer = 0) const {
    pump();
    return server.layers().at(layer).content;
  }
  wp_content_type_manager_v1* manager = nullptr;
  wp_content_type_v1* object = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(ContentTypeTest, ASecondOneIsAlreadyConstructed) {
  client->own(wp_content_type_manager_v1_get_surface_content_type(manager, surface));
  expect_error("wp_content_type_manager_v1 0");
}

TEST_F(ContentTypeTest, OneMayFollowAnotherThatIsGone) {
  client->drop(object, wp_content_type_v1_destroy);
  client->own(wp_content_type_manager_v1_get_surface_content_type(manager, surface));
  expect_alive();
}

TEST_F(ContentTypeTest, WithoutItsSurfaceItDoesNothing) {
  client->drop(surface, wl_surface_destroy);
  set(1);
  client->drop(object, wp_content_type_v1_destroy);
  client->drop(manager, wp_content_type_manager_v1_destroy);
  expect_alive();
}

TEST_F(ContentTypeTest, EachTypeTakesEffectWithTheCommitAndStays) {
  EXPECT_EQ(content(), ContentType::None);
  set(WP_CONTENT_TYPE_V1_TYPE_GAME);
  EXPECT_EQ(content(), ContentType::None);
  commit();
  EXPECT_EQ(content(), ContentType::Game);
  commit();
  EXPECT_EQ(content(), ContentType::Game);
  set(WP_CONTENT_TYPE_V1_TYPE_VIDEO);
  commit();
  EXPECT_EQ(content(), ContentType::Video);
  set(WP_CONTENT_TYPE_V1_TYPE_PHOTO);
  commit();
  EXPECT_EQ(content(), ContentType::Photo);
  set(WP_CONTENT_TYPE_V1_TYPE_NONE);
  commit();
  EXPECT_EQ(content(), ContentType::None);
}

TEST_F(ContentTypeTest, ATypeThatNobodyKnowsIsNone) {
  set(WP_CONTENT_TYPE_V1_TYPE_GAME);
  commit();
  for (const std::uint32_t unknown : {4U, 0xffffffffU}) {
    set(unknown);
    commit();
    EXPECT_EQ(content(), ContentType::None);
  }
  expect_alive();
}

TEST_F(ContentTypeTest, DestroyIsNoneWithTheNextCommit) {
  set(WP_CONTENT_TYPE_V1_TYPE_GAME);
  commit();
  client->drop(object, wp_content_type_v1_destroy);
  EXPECT_EQ(content(), ContentType::Game);
  commit();
  EXPECT_EQ(content(), ContentType::None);
}

TEST_F(ContentTypeTest, OfASubsurfaceItWaitsForTheParent) {
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, surface));
  auto* of_child = client->own(wp_content_type_manager_v1_get_surface_content_type(manager, child));
  wp_content_type_v1_set_content_type(of_child, 1);
  TestClient::show(child, client->dmabuf_buffer(8, 8));
  pump();
  EXPECT_EQ(server.layers().size(), 1U);
  commit();
  expect_alive();
  ASSERT_EQ(server.layers().size(), 2U);
  EXPECT_EQ(content(0), ContentType::None);
  EXPECT_EQ(content(1), ContentType::Photo);
}

TEST_F(ContentTypeTest, ObjectsOutliveTheManager) {
  client->drop(manager, wp_content_type_manager_v1_destroy);
  set(1);
  commit();
  expect_alive();
  EXPECT_EQ(content(), ContentType::Photo);
}

} // namespace
} // namespace fenceline::test
