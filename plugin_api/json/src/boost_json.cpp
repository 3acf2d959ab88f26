// Boost.JSON, compiled once: Debian's libboost_json.a is not position-independent.
#include <boost/json/src.hpp>
