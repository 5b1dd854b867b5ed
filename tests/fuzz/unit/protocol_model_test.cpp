#include "tests/fuzz/protocol_model.h"

#include "tests/fuzz/wire.h"

#include <gtest/gtest.h>

namespace fenceline::fuzz {
namespace {

constexpr const char* kXml = R"(<?xml version="1.0"?>
<protocol name="example">
  <copyright>nobody &amp; all</copyright>
  <interface name="ex_factory" version="3">
    <description summary="makes things"/>
    <request name="destroy" type="destructor"/>
    <request name="make" since="2">
      <arg name="id" type="new_id" interface="ex_thing"/>
      <arg name="kind" type="uint" enum="kind"/>
      <arg name="transform" type="int" enum="ex_thing.turn"/>
      <arg name="label" type="string" allow-null="true"/>
      <arg name="file" type="fd"/>
    </request>
    <request name="bind">
      <arg name="id" type="new_id"/>
    </request>
    <enum name="kind" bitfield="true">
      <entry name="red" value="0x1"/>
      <entry name="blue" value="2" since="3"/>
    </enum>
    <enum name="error"><entry name="bad_kind" value="4"/></enum>
  </interface>
  <interface name="ex_thing" version="1">
    <event name="moved"><arg name="x" type="fixed"/><arg name="keys" type="array"/></event>
    <enum name="turn"><entry name="left" value="90"/></enum>
  </interface>
</protocol>)";

TEST(ProtocolModel, FindsInterfacesRequestsArgumentsAndEnums) {
  ProtocolModel model;
  ASSERT_TRUE(model.add_text(kXml, "example"));
  model.resolve();
  const auto* factory = model.find("ex_factory");
  ASSERT_NE(factory, nullptr);
  EXPECT_EQ(factory->version, 3u);
  ASSERT_EQ(factory->requests.size(), 3u);
  EXPECT_TRUE(factory->requests[0].destructor);
  const auto& make = factory->requests[1];
  EXPECT_EQ(make.name, "make");
  EXPECT_EQ(make.opcode, 1u);
  EXPECT_EQ(make.since, 2u);
  EXPECT_FALSE(make.destructor);
  EXPECT_EQ(make.fd_count(), 1u);
  ASSERT_EQ(make.args.size(), 5u);
  EXPECT_EQ(make.new_id(), &make.args[0]);
  EXPECT_EQ(make.args[0].interface, model.find("ex_thing"));
  EXPECT_EQ(make.args[1].enumeration, factory->enumeration("kind"));
  EXPECT_TRUE(make.args[1].enumeration->bitfield);
  EXPECT_EQ(make.args[2].enumeration, model.find("ex_thing")->enumeration("turn"));
  EXPECT_TRUE(make.args[3].allow_null);
  EXPECT_EQ(make.args[4].type, ArgType::Fd);
  EXPECT_EQ(factory->enumeration("kind")->entries[0].value, 1u);
  EXPECT_EQ(factory->enumeration("kind")->entries[1].since, 3u);
  EXPECT_EQ(factory->error_name(4), "bad_kind");
  EXPECT_EQ(factory->error_name(5), "5");
  const auto* moved = model.find("ex_thing")->event("moved");
  ASSERT_NE(moved, nullptr);
  EXPECT_EQ(moved->args[0].type, ArgType::Fixed);
  EXPECT_EQ(moved->args[1].type, ArgType::Array);
}

TEST(ProtocolModel, ANewIdWithoutInterfaceTravelsAsThreeValues) {
  ProtocolModel model;
  ASSERT_TRUE(model.add_text(kXml, "example"));
  const auto& args = model.find("ex_factory")->request("bind")->args;
  ASSERT_EQ(args.size(), 3u);
  EXPECT_EQ(args[0].type, ArgType::String);
  EXPECT_EQ(args[1].type, ArgType::Uint);
  EXPECT_EQ(args[2].type, ArgType::NewId);
}

TEST(ProtocolModel, TheFirstDefinitionOfAnInterfaceStays) {
  ProtocolModel model;
  ASSERT_TRUE(model.add_text(kXml, "example"));
  ASSERT_TRUE(model.add_text(R"(<protocol name="old"><interface name="ex_thing" version="9"/></protocol>)", "old"));
  EXPECT_EQ(model.find("ex_thing")->version, 1u);
}

TEST(ProtocolModel, NamesFileAndLineOfABrokenDocument) {
  ProtocolModel model;
  const auto broken = model.add_text("<protocol>\n<interface", "broken.xml");
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().what.find("broken.xml: line 2"), std::string::npos) << broken.error().what;
  const auto odd = model.add_text(
      R"(<protocol><interface name="a" version="1"><request name="r"><arg name="x" type="float"/></request></interface></protocol>)",
      "odd.xml");
  ASSERT_FALSE(odd);
  EXPECT_NE(odd.error().what.find("unknown type"), std::string::npos);
}

TEST(ProtocolModel, ReadsTheInstalledProtocols) {
  ProtocolModel model;
  for (const char* path : {FENCELINE_FUZZ_PROTOCOLS})
    ASSERT_TRUE(model.add_path(path));
  model.resolve();
  for (const char* name : {"wl_surface", "xdg_toplevel", "wp_viewport", "zwp_linux_dmabuf_v1", "wp_presentation",
                           "wp_linux_drm_syncobj_manager_v1"})
    EXPECT_NE(model.find(name), nullptr) << name;
  // The stable xdg_surface, not that of the unstable version 5, which has no get_popup.
  EXPECT_NE(model.find("xdg_surface")->request("get_popup"), nullptr);
  for (const auto& interface : model.interfaces())
    for (const auto& request : interface.requests)
      for (const auto& arg : request.args)
        EXPECT_TRUE(arg.interface_name.empty() || arg.interface != nullptr)
            << interface.name << "." << request.name << ": " << arg.interface_name;
}

TEST(Describe, WritesAMessageForAPerson) {
  ProtocolModel model;
  ASSERT_TRUE(model.add_text(kXml, "example"));
  model.resolve();
  Encoder encoder(7, 1);
  encoder.put_uint(8);
  encoder.put_uint(2);
  encoder.put_int(-90);
  encoder.put_string("a\"b");
  const auto bytes = std::move(encoder).finish();
  const auto* factory = model.find("ex_factory");
  EXPECT_EQ(describe(factory, bytes, false), R"(ex_factory@7.make(new ex_thing@8, 2, -90, "a\x22b", fd))");
  const auto cut = std::span(bytes).first(16);
  EXPECT_EQ(describe(factory, cut, false),
            "ex_factory@7.make(new ex_thing@8, 2, cut off) [header says 28 of 16 bytes]");
  EXPECT_EQ(describe(nullptr, cut, false), "object@7.opcode 1 (16 bytes) [header says 28 of 16 bytes]");
}

} // namespace
} // namespace fenceline::fuzz
