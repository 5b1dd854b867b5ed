#include "compositor/base/shared_library.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fenceline {
namespace {

TEST(SharedLibrary, GivesItsFunctions) {
  const Result<SharedLibrary> library = SharedLibrary::open("libm.so.6");
  ASSERT_TRUE(library);
  using Cosine = double (*)(double);
  const auto cosine = library->find<Cosine>("cos");
  ASSERT_NE(cosine, nullptr);
  EXPECT_EQ(cosine(0), 1);
  EXPECT_EQ(library->find<Cosine>("no_such_function"), nullptr);
}

TEST(SharedLibrary, ThatIsNotThereIsNamed) {
  const Result<SharedLibrary> library = SharedLibrary::open("libno-such-library.so.1");
  ASSERT_FALSE(library);
  EXPECT_NE(library.error().text().find("libno-such-library.so.1"), std::string::npos) << library.error().text();
}

} // namespace
} // namespace fenceline
