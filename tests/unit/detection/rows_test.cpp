#include "cpi/sdk/detection/rows.hpp"

#include <gtest/gtest.h>

#include "trigger.hpp"

namespace cpi::detection {
namespace {

struct Taken final : RowSink {
  void on_row(std::size_t index, const std::vector<Scalar> &slots) override {
    EXPECT_EQ(index, rows.size());
    rows.push_back(slots);
  }
  std::vector<std::vector<Scalar>> rows;
};

struct Reader {
  RowLayout layout;
  DigestKey key{1, 2};
  Taken taken;

  explicit Reader(std::string_view rows = "") { layout.set_rows(Pointer::compile(rows, "/rows")); }
  std::size_t want(std::string_view pointer) {
    return layout.want(Pointer::compile(pointer, "/want"));
  }
  RowsRead read(std::string_view body) {
    taken.rows.clear();
    return read_rows(layout, key, body, taken);
  }
  std::string text(std::size_t row, std::size_t slot) { return taken.rows.at(row).at(slot).text; }
};

TEST(Rows, TakesWhatIsWantedAndNothingElse) {
  Reader reader;
  const std::size_t id = reader.want("/id");
  const std::size_t sent = reader.want("/statistics/sent");
  const std::size_t second = reader.want("/tags/1");
  EXPECT_EQ(reader.want("/id"), id);
  const RowsRead read = reader.read(
      R"([{"x":{"id":9},"id":1,"statistics":{"sent":"5","id":8},"tags":["a","b","c"]},
          {"tags":[],"statistics":[],"id":2}])");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.rows, 2u);
  EXPECT_EQ(reader.text(0, id), "1");
  EXPECT_EQ(reader.text(0, sent), "5");
  EXPECT_EQ(reader.text(0, second), "b");
  EXPECT_EQ(reader.taken.rows[1][sent].kind, ScalarKind::absent);
  EXPECT_EQ(reader.taken.rows[1][second].kind, ScalarKind::absent);
}

TEST(Rows, EscapesAndNumbersAreExact) {
  Reader reader;
  const std::size_t name = reader.want("/na\"me");
  const std::size_t id = reader.want("/id");
  ASSERT_TRUE(reader
                  .read(R"([{"na\u0022me":"\u00e9\n\ud83d\ude00\\","id":9007199254740993},
    {"id":18446744073709551615},{"id":18446744073709551616},{"id":-9223372036854775808},
    {"id":1e2},{"id":1.50},{"id":-0}])")
                  .ok());
  EXPECT_EQ(reader.text(0, name), "\xC3\xA9\n\xF0\x9F\x98\x80\\");
  const char *expected[] = {"9007199254740993",
                            "18446744073709551615",
                            "18446744073709551616",
                            "-9223372036854775808",
                            "100",
                            "1.5",
                            "0"};
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(reader.text(i, id), expected[i]);
  EXPECT_EQ(reader.taken.rows[2][id].kind, ScalarKind::integer);
}

TEST(Rows, AZeroWithAnExponentIsZero) {
  Reader reader("/data/list");
  reader.layout.set_total(Pointer::compile("/total", "/total"));
  const std::size_t id = reader.want("/id");
  const RowsRead read =
      reader.read(R"({"total":0e999,"data":{"list":[{"id":0e999},{"id":-0E400}]}})");
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read.has_total);
  EXPECT_EQ(read.total, 0U);
  for (const std::size_t row : {0U, 1U}) EXPECT_EQ(reader.text(row, id), "0");
}

TEST(Rows, FindsTheListAndTheTotal) {
  Reader reader("/data/list");
  reader.layout.set_total(Pointer::compile("/meta/total", "/total"));
  const std::size_t id = reader.want("/id");
  const RowsRead read = reader.read(
      R"({"list":[{"id":7}],"data":{"other":[{"id":8}],"list":[{"id":1},{"id":2}]},
          "meta":{"total":"17","list":[]}})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.rows, 2u);
  EXPECT_EQ(reader.text(1, id), "2");
  EXPECT_TRUE(read.has_total);
  EXPECT_EQ(read.total, 17u);
}

TEST(Rows, FindsTheListInsideAnArray) {
  Reader reader("/1/rows");
  const std::size_t id = reader.want("/id");
  ASSERT_TRUE(reader.read(R"([{"rows":[{"id":1}]},{"rows":[{"id":2}]},3])").ok());
  ASSERT_EQ(reader.taken.rows.size(), 1u);
  EXPECT_EQ(reader.text(0, id), "2");
}

TEST(Rows, ASingleObjectIsAListOfOneWhereItMayBe) {
  Reader reader;
  const std::size_t id = reader.want("/id");
  EXPECT_FALSE(reader.read(R"({"id":1})").ok());
  reader.layout.allow_single({id});
  EXPECT_EQ(reader.read(R"({"id":1,"deep":{"id":2}})").rows, 1u);
  EXPECT_EQ(reader.text(0, id), "1");
  Reader inner("/data");
  inner.layout.allow_single({});
  inner.want("/id");
  EXPECT_EQ(inner.read(R"({"data":{"id":1}})").rows, 1u);
  // What has nothing of a row is none, above all an error that came with a success.
  for (const char *error :
       {R"({"message":"Whoops, looks like something went wrong."})", R"({"error":"invalid_token"})",
        R"({"error":1})", R"({"error":"Something failed","id":null})", R"({"id":""})"}) {
    EXPECT_FALSE(reader.read(error).ok()) << error;
    EXPECT_TRUE(reader.taken.rows.empty()) << error;
  }
  EXPECT_FALSE(inner.read(R"({"data":{"error":1}})").ok());
}

TEST(Rows, NumbersForNamesAreAListInTheOrderOfTheNumbers) {
  Reader reader("/data");
  const std::size_t id = reader.want("/id");
  reader.want("");
  reader.layout.allow_single({id});
  ASSERT_TRUE(reader.read(R"({"data":{"0":{"id":"a"},"10":{"id":"c"},"2":{"id":"b"}}})").ok());
  ASSERT_EQ(reader.taken.rows.size(), 3u);
  EXPECT_EQ(reader.text(0, id) + reader.text(1, id) + reader.text(2, id), "abc");
  for (const char *mixed :
       {R"({"data":{"0":{"id":1},"total":1}})", R"({"data":{"0":{"id":1},"0":{"id":2}}})",
        R"({"data":{"00":{"id":1}}})", R"({"data":{"1.5":{"id":1}}})"}) {
    EXPECT_FALSE(reader.read(mixed).ok()) << mixed;
    EXPECT_TRUE(reader.taken.rows.empty()) << mixed;
  }
}

TEST(Rows, WhatHoldsTheListMayBeEmptyToo) {
  for (const char *none : {R"({"data":[]})", R"({"data":null})", R"({"data":{"list":[]}})",
                           R"({"data":{"list":{}}})", R"({"data":{"list":null}})"}) {
    Reader reader("/data/list");
    const RowsRead read = reader.read(none);
    EXPECT_TRUE(read.ok()) << none;
    EXPECT_EQ(read.rows, 0u) << none;
  }
  for (const char *other :
       {R"({"data":{}})", R"({"data":[1]})", R"({"data":{"list":0}})", "null", R"({"error":1})"}) {
    Reader reader("/data/list");
    EXPECT_FALSE(reader.read(other).ok()) << other;
  }
}

TEST(Rows, CutCharactersAreReplacedAndEachRowIsGivenOnce) {
  Reader reader("/data");
  const std::size_t name = reader.want("/name");
  ASSERT_TRUE(reader
                  .read("{\"data\":[{\"name\":\"a\"},{\"name\":\"cut \\ud83d\"},"
                        "{\"name\":\"b\xD0\"},{\"name\":\"c\"}]}")
                  .ok());
  ASSERT_EQ(reader.taken.rows.size(), 4u);
  EXPECT_EQ(reader.text(1, name), "cut \xEF\xBF\xBD");
  EXPECT_EQ(reader.text(2, name), "b\xEF\xBF\xBD");
  EXPECT_EQ(reader.text(3, name), "c");
}

TEST(Rows, EmptyListsInAllTheirSpellings) {
  for (const char *none : {"[]", "{}", "null"}) {
    Reader reader;
    const RowsRead read = reader.read(none);
    EXPECT_TRUE(read.ok()) << none;
    EXPECT_EQ(read.rows, 0u) << none;
    Reader inner("/data");
    EXPECT_TRUE(inner.read(R"({"data":)" + std::string(none) + "}").ok()) << none;
  }
}

TEST(Rows, ScalarsAreRowsToo) {
  Reader reader;
  const std::size_t whole = reader.want("");
  ASSERT_TRUE(reader.read(R"(["a",2,null,{"x":1}])").ok());
  EXPECT_EQ(reader.text(0, whole), "a");
  EXPECT_EQ(reader.text(1, whole), "2");
  EXPECT_EQ(reader.taken.rows[2][whole].kind, ScalarKind::null);
  EXPECT_EQ(reader.taken.rows[3][whole].kind, ScalarKind::tree);
}

TEST(Rows, TreesDoNotDependOnTheOrderOfMembers) {
  Reader reader;
  const std::size_t whole = reader.want("");
  const auto tree = [&](std::string_view row) {
    EXPECT_TRUE(reader.read("[" + std::string(row) + "]").ok());
    return reader.taken.rows.at(0).at(whole).tree;
  };
  const std::uint64_t first = tree(R"({"a":1,"b":{"c":[1,2],"d":null}})");
  EXPECT_EQ(first, tree(R"({"b":{"d":null,"c":[1,2]},"a":"1"})"));
  EXPECT_NE(first, tree(R"({"a":1,"b":{"c":[2,1],"d":null}})"));
  EXPECT_NE(first, tree(R"({"a":1,"b":{"c":[1,2],"e":null}})"));
  EXPECT_NE(first, tree(R"({"b":1,"a":{"c":[1,2],"d":null}})"));
  EXPECT_NE(tree(R"({"a":[[1],[2]]})"), tree(R"({"a":[[1,2],[]]})"));
  EXPECT_EQ(tree(R"({"a":[]})"), tree(R"({"a":{}})"));  // PHP's empty object
}

TEST(Rows, OfANameThatComesTwiceTheLastValueCountsWithWhatIsInIt) {
  Reader reader;
  const std::size_t id = reader.want("/contact/id");
  const std::size_t second = reader.want("/tags/1");
  ASSERT_TRUE(reader
                  .read(R"([{"contact":{"id":1},"contact":null,"tags":["a","b"],"tags":["c"]},
                            {"contact":{"id":1},"contact":{"name":"x"}},
                            {"contact":{"stale":1},"contact":{"id":2},"tags":[1,2]}])")
                  .ok());
  EXPECT_EQ(reader.taken.rows[0][id].kind, ScalarKind::absent);
  EXPECT_EQ(reader.taken.rows[0][second].kind, ScalarKind::absent);
  EXPECT_EQ(reader.taken.rows[1][id].kind, ScalarKind::absent);
  EXPECT_EQ(reader.text(2, id), "2");
  EXPECT_EQ(reader.text(2, second), "2");
}

TEST(Rows, TakesOnlyNumbersWhereNumbersAreWanted) {
  Reader reader;
  const std::size_t whole = reader.want("/whole");
  const std::size_t number = reader.want("/number");
  reader.layout.want_number(whole, true);
  reader.layout.want_number(number, false);
  ASSERT_TRUE(reader
                  .read(R"([{"whole":7,"number":1.5},{"whole":"7","number":"7"},
                            {"whole":7.0,"number":7},{"whole":1.5,"number":"x"},
                            {"whole":"007","number":true},{"whole":{"id":1},"number":[1]}])")
                  .ok());
  for (const std::size_t row : {0, 1, 2}) EXPECT_EQ(reader.text(row, whole), "7") << row;
  EXPECT_EQ(reader.text(0, number), "1.5");
  for (const std::size_t row : {3, 4, 5}) {
    EXPECT_FALSE(reader.taken.rows[row][whole].identifies()) << row;
    EXPECT_FALSE(reader.taken.rows[row][number].identifies()) << row;
  }
}

// Which object is a row is decided twice: by the values of the row, and by its document.
TEST(Rows, ADocumentIsTheOnlyRowWhereTheReaderTakesItForOne) {
  constexpr const char *bodies[] = {
      R"({"id":1})",      R"({"id":"1"})",      R"({"id":""})",        R"({"id":null})",
      R"({"id":"x"})",    R"({"id":1.5})",      R"({"id":true})",      R"({"id":{"a":1}})",
      R"({"x":1})",       R"({"in":{"id":1}})", R"({"in":{"id":[]}})", R"({"in":[{"id":1}]})",
      R"({"in":null})",   R"({"list":["a"]})",  R"({"list":["a",2]})", R"({"list":[null,null]})",
      R"({"in":{"x":1}})"};
  for (const bool keyed : {true, false}) {
    for (const bool numbers : {true, false}) {
      for (const char *body : bodies) {
        Reader reader;
        const std::vector<std::size_t> key = {reader.want("/id"), reader.want("/in/id"),
                                              reader.want("/list/1")};
        reader.want("/other");
        if (numbers) {
          for (const std::size_t slot : key) reader.layout.want_number(slot, true);
        }
        reader.layout.allow_single(keyed ? key : std::vector<std::size_t>());
        EXPECT_EQ(reader.layout.is_single_row(json_of(body)), reader.read(body).ok())
            << body << keyed << numbers;
      }
    }
  }
}

TEST(Rows, SaysWhyItCouldNotRead) {
  for (const char *bad : {"", "<html>", "[1", "[] x", "{\"a\":}", "[\"\xff\"]"}) {
    Reader reader;
    EXPECT_STREQ(reader.read(bad).problem, "is not JSON, or ends too early") << bad;
  }
  Reader inner("/data");
  for (const char *other : {"{}", "null", "3", R"({"data":3})", R"({"date":[]})"}) {
    EXPECT_STREQ(inner.read(other).problem, "has no list where one is expected") << other;
  }
}

TEST(Rows, EveryTruncationIsAProblem) {
  const std::string body =
      R"({"data":[{"id":1,"n":"\u00e9x","s":[1,2.5e3,{"y":null}]},{"id":-2,"t":true}],"total":5})";
  for (std::size_t size = 0; size < body.size(); ++size) {
    Reader reader("/data");
    reader.want("/id");
    reader.want("/s");
    EXPECT_FALSE(reader.read(std::string_view(body).substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace cpi::detection
