// Wrong calls: null, too small, unknown. They are refused, and nothing is written.
#include <dlfcn.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <array>
#include <limits>
#include <thread>

#include "contract_test.hpp"
#include "guarded_memory.hpp"

namespace contract {
namespace {

class Arguments : public Contract {
 protected:
  // Stands in an out-parameter that must stay as it was.
  template <typename T>
  static T *untouched() {
    return reinterpret_cast<T *>(std::uintptr_t{0x10});  // NOLINT(performance-no-int-to-ptr)
  }

  void expect_refused(const Connector &connector, const cpi_begin &args, cpi_status expected) {
    auto *out = untouched<cpi_operation>();
    EXPECT_EQ(table.begin(connector.get(), &args, &out), expected);
    EXPECT_EQ(out, untouched<cpi_operation>());
  }

  bool is_declared(cpi_operation_kind kind, const std::string &id) const {
    return std::ranges::any_of(
        plugin.cases, [&](const auto &what) { return what.kind == kind && what.id == id; });
  }
};

TEST_F(Arguments, EntryReturnsTheSameTableFromEveryThread) {
  const auto entry = loaded_plugin().entry();
  const cpi_plugin *from_thread = nullptr;
  std::thread([&] { from_thread = entry(); }).join();
  EXPECT_EQ(entry(), &table);
  EXPECT_EQ(from_thread, &table);
}

TEST_F(Arguments, TableIsWhole) {
  EXPECT_GE(table.struct_size, CPI_THROUGH(cpi_plugin, extension));
  EXPECT_LE(table.struct_size, 65536U);
  EXPECT_LE(table.needs_minor, std::uint32_t{CPI_ABI_MINOR});
  EXPECT_LE(table.needs_minor, table.abi_minor);
  EXPECT_EQ(table.reserved, 0U);
  EXPECT_FALSE(view(table.build).empty());
  for (const void *function :
       {reinterpret_cast<const void *>(table.create), reinterpret_cast<const void *>(table.destroy),
        reinterpret_cast<const void *>(table.begin), reinterpret_cast<const void *>(table.next),
        reinterpret_cast<const void *>(table.end),
        reinterpret_cast<const void *>(table.extension)}) {
    Dl_info info = {};
    ASSERT_NE(function, nullptr);
    ASSERT_NE(dladdr(function, &info), 0);
    EXPECT_EQ(plugin.library, info.dli_fname);
  }
}

TEST_F(Arguments, TableBelongsToTheManifest) {
  EXPECT_EQ(view(table.id), plugin.id);
  EXPECT_EQ(view(table.version), plugin.version);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest = {};
  crypto_hash_sha256(digest.data(),
                     reinterpret_cast<const unsigned char *>(plugin.manifest_bytes.data()),
                     plugin.manifest_bytes.size());
  EXPECT_TRUE(std::ranges::equal(digest, table.manifest_sha256))
      << "the library was built of another " << plugin.manifest;
}

TEST_F(Arguments, CreateRefusesNullAndSmall) {
  const auto host = host_struct();
  auto *out = untouched<cpi_connector>();
  EXPECT_EQ(table.create(nullptr, &out), CPI_ERR_ARGUMENT);
  EXPECT_EQ(table.create(&host, nullptr), CPI_ERR_ARGUMENT);
  auto small = host;
  --small.struct_size;
  EXPECT_EQ(table.create(&small, &out), CPI_ERR_ARGUMENT);
  small.struct_size = 0;
  EXPECT_EQ(table.create(&small, &out), CPI_ERR_ARGUMENT);
  EXPECT_EQ(out, untouched<cpi_connector>());
}

TEST_F(Arguments, CreateTakesALargerHostAndKeepsNothingOfIt) {
  GuardedMemory memory;
  auto host = host_struct();
  host.name = memory.str("host");
  host.version = memory.str("1");
  host.struct_size = sizeof(cpi_host) + 64;
  cpi_connector *connector = nullptr;
  ASSERT_EQ(table.create(memory.copy(host, host.struct_size), &connector), CPI_OK);
  memory.take_back();
  const auto args = begin_struct(plugin.cases.front());
  cpi_operation *operation = nullptr;
  EXPECT_EQ(table.begin(connector, &args, &operation), CPI_OK);
  table.end(operation);
  table.destroy(connector);
}

TEST_F(Arguments, NullIsAllowedWhereTheHeaderSaysSo) {
  table.destroy(nullptr);
  table.end(nullptr);
}

TEST_F(Arguments, BeginRefusesNullAndSmall) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    auto args = begin_struct(what);
    auto *out = untouched<cpi_operation>();
    EXPECT_EQ(table.begin(nullptr, &args, &out), CPI_ERR_ARGUMENT);
    EXPECT_EQ(table.begin(connector.get(), nullptr, &out), CPI_ERR_ARGUMENT);
    EXPECT_EQ(table.begin(connector.get(), &args, nullptr), CPI_ERR_ARGUMENT);
    EXPECT_EQ(out, untouched<cpi_operation>());
    --args.struct_size;
    expect_refused(connector, args, CPI_ERR_ARGUMENT);
  });
}

TEST_F(Arguments, BeginKnowsNoOtherIds) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    for (const auto &id : {what.id + "x", what.id + ".", what.id + std::string(1, '\0'),
                           std::string("no.such.thing"), std::string("\xFF\xFE"),
                           what.id.substr(0, what.id.size() / 2)}) {
      if (is_declared(what.kind, id)) continue;
      auto args = begin_struct(what);
      args.id = str(id);
      expect_refused(connector, args, CPI_ERR_UNKNOWN);
    }
  });
}

TEST_F(Arguments, BeginKnowsNoOtherKinds) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    for (const cpi_operation_kind kind :
         {0, 1, 2, 3, 4, 5, 6, -1, std::numeric_limits<cpi_operation_kind>::max()}) {
      if (is_declared(kind, what.id)) continue;
      auto args = begin_struct(what);
      args.kind = kind;
      expect_refused(connector, args, CPI_ERR_UNKNOWN);
    }
  });
}

TEST_F(Arguments, NextRefusesNullAndSmall) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    enum class Wrong { no_operation, no_answer, no_step, small_answer, small_step };
    for (const auto wrong : {Wrong::no_operation, Wrong::no_answer, Wrong::no_step,
                             Wrong::small_answer, Wrong::small_step}) {
      const Operation operation(connector, what);
      with_answer(start(), [&](cpi_answer answer) {
        cpi_step step;
        std::memset(&step, 0xA5, sizeof step);
        step.struct_size = CPI_THROUGH(cpi_step, error) - (wrong == Wrong::small_step ? 1 : 0);
        answer.struct_size -= wrong == Wrong::small_answer ? 1 : 0;
        const cpi_step before = step;
        EXPECT_EQ(table.next(wrong == Wrong::no_operation ? nullptr : operation.get(),
                             wrong == Wrong::no_answer ? nullptr : &answer,
                             wrong == Wrong::no_step ? nullptr : &step),
                  CPI_ERR_ARGUMENT);
        EXPECT_EQ(std::memcmp(&before, &step, sizeof step), 0) << "the step was written to";
      });
    }
  });
}

TEST_F(Arguments, LargerStructsChangeNothing) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto expected = converse(connector, what, service);

    GuardedMemory memory;
    constexpr std::uint32_t more = 64;
    auto args = begin_struct(what);
    args.struct_size = sizeof args + more;
    cpi_operation *operation = nullptr;
    ASSERT_EQ(table.begin(connector.get(), memory.copy(args, args.struct_size), &operation),
              CPI_OK);
    std::vector<Step> steps;
    Answer next = start();
    do {
      cpi_step blank = {};
      blank.struct_size = sizeof blank + more;
      auto *step = memory.copy(blank, blank.struct_size);
      const std::string tail(more, '\xA5');
      with_answer(next, [&](cpi_answer answer) {
        answer.struct_size = sizeof answer + more;
        ASSERT_EQ(table.next(operation, memory.copy(answer, answer.struct_size), step), CPI_OK);
      });
      if (HasFatalFailure()) break;
      EXPECT_EQ(step->struct_size, blank.struct_size);
      EXPECT_EQ(std::memcmp(step + 1, tail.data(), more), 0) << "the unknown tail was written to";
      steps.push_back(copy_step(*step));
      next = answer_to(steps.back(), service);
    } while (!steps.back().is_final());
    table.end(operation);
    EXPECT_EQ(steps, expected);
  });
}

TEST_F(Arguments, ReservedFieldsAndUnknownFlagsAreIgnored) {
  const Connector connector(table);
  for_each_case([&](const OperationCase &what) {
    const auto expected = converse(connector, what, service);
    Operation operation(connector, what);
    const auto flagged = [&](const Step &step) {
      auto answer = service(step);
      answer.flags |= 0xFFFFFF00U;
      return answer;
    };
    EXPECT_EQ(converse(operation, flagged), expected);
  });
}

TEST_F(Arguments, UnknownExtensionsAreNull) {
  for (const std::string_view id :
       {"", "no.such/1", "cpi.blob/1x", "cpi.blob", "\xFF", "cpi.blob/1\0more"}) {
    const auto name = str(id);
    EXPECT_EQ(table.extension(&name), nullptr) << id;
  }
}

}  // namespace
}  // namespace contract
