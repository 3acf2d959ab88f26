/* cpi/plugin.h: the C ABI between a connector plugin and the host that drives it.
 *
 * A plugin does no I/O. It opens no socket, file or thread, reads no clock, and never sees a
 * secret. The host begins an operation and then asks `next` again and again; every answer is a
 * step that the host carries out.
 *
 *   host                                        plugin
 *     begin(ACTION, id, input)  ------------->  operation
 *     next(START)               ------------->  SEND    perform this request
 *     next(RESPONSE)            ------------->  WAIT    come back in 1500 ms
 *     next(TIMER)               ------------->  EVENTS  these happened; here is the new cursor
 *     next(STORED)              ------------->  DONE    here is the result
 *     end()
 *
 * The price: response bodies are whole, and one operation has one request in flight.
 *
 * Memory    Whoever made a buffer keeps it. Arguments are borrowed until the call returns. What a
 *           step points to belongs to the operation and is valid until the next call naming that
 *           operation. Nobody frees anything made by the other side.
 * Text      UTF-8 with a size and no terminator; data may be null when size is 0.
 * Structs   struct_size is set by whoever allocated the struct, and neither side reads or writes
 *           past it. A reader compares it with the size of the first release (CPI_THROUGH the last
 *           field of that release), then looks at each newer field with CPI_HAS. Fields are only
 *           ever appended; their meaning and place never change. cpi_str, cpi_bytes and cpi_header
 *           live in arrays or by value, so they are frozen.
 * Values    Unknown flag bits are ignored. An unknown kind is an error, so neither side sends a
 *           kind newer than the abi_minor that the other side announced. An unknown error class
 *           is treated as CPI_CLASS_PLUGIN_FAULT.
 * Time      Milliseconds. Wall-clock times are Unix time in UTC.
 * Threads   [any]        callable from any thread, concurrently.
 *           [serial op]  calls naming one operation never overlap; each may come from another
 *                        thread.
 * Secrets   A plugin never sees credentials. The host adds them to a request that wants them, over
 *           https and for hosts that the manifest allows, as the connection's auth method says:
 *             oauth2_authorization_code, oauth2_client_credentials, static_bearer
 *                      Authorization: Bearer TOKEN   (RFC 6750, section 2.1)
 * Calls     No function blocks, unwinds, or keeps the caller's thread. Out-parameters are written
 *           only when CPI_OK is returned. */
#ifndef CPI_PLUGIN_H
#define CPI_PLUGIN_H

/* NOLINTBEGIN(modernize-*): this is C */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPI_ABI_MAJOR 1 /* named by the entry symbol: a new major is a new symbol */
#define CPI_ABI_MINOR 1 /* counts the appended fields and values, each marked like "1.1:" */

#if defined(_WIN32)
#  define CPI_CALL __cdecl
#  define CPI_EXPORT __declspec(dllexport)
#else
#  define CPI_CALL
#  define CPI_EXPORT __attribute__((visibility("default")))
#endif

/* Bytes of `type` through `field`. Never sizeof: a later field may settle in the tail padding. */
#define CPI_THROUGH(type, field) ((uint32_t)(offsetof(type, field) + sizeof(((type *)0)->field)))
#define CPI_HAS(pointer, type, field) ((pointer)->struct_size >= CPI_THROUGH(type, field))

/* Text and bytes. Frozen. */
typedef struct cpi_str {
  const char *data;
  size_t size;
} cpi_str;

typedef struct cpi_bytes {
  const uint8_t *data;
  size_t size;
} cpi_bytes;

typedef struct cpi_header {
  cpi_str name;
  cpi_str value;
} cpi_header;

/* What became of a call. Everything but CPI_OK is a bug in the caller, or memory ran out. How the
 * operation itself ended is told by its last step, never here. */
typedef int32_t cpi_status;
enum {
  CPI_OK = 0,
  CPI_ERR_ARGUMENT = -1, /* null pointer, or struct_size below the first release's */
  CPI_ERR_STATE = -2,   /* the answer does not fit the last step; the operation may only be ended */
  CPI_ERR_UNKNOWN = -3, /* no such kind or id */
  CPI_ERR_MEMORY = -4,  /* out of memory; the operation may only be ended */
  CPI_ERR_INTERNAL = -5 /* the plugin broke; the operation may only be ended */
};

/* ---- Steps: what the plugin asks for -------------------------------------------------------- */

/* A request to perform. The host follows no redirect, refuses a host that the manifest does not
 * allow, and sets these headers itself; a request that has one of them is refused: accept-encoding,
 * authorization, connection, content-length, cookie, expect, host, keep-alive, proxy-authorization,
 * proxy-connection, te, trailer, transfer-encoding, upgrade. */
enum {
  CPI_REQUEST_REPEATABLE = 1u << 0,  /* sending it twice does no harm: it may be retried */
  CPI_REQUEST_CREDENTIALS = 1u << 1, /* add the connection's credentials, as the manifest says */
  CPI_REQUEST_SECRET = 1u << 2,      /* URL, headers and body stay out of logs and dry runs */
  CPI_REQUEST_SHAREABLE = 1u << 3, /* a moment-old answer to the same GET on this account will do */
  /* 1.1: The last answer said that the credentials were refused: renew them before sending. Only
   * with CPI_REQUEST_CREDENTIALS; mostly the same request once more. The host knows HTTP 401 by
   * itself, and renews and repeats then without asking; the plugin knows how else its service says
   * so. The host renews at most once an operation. When this comes again, it waits for the new
   * credentials to take effect, or answers NO_RESPONSE: with NO_CREDENTIALS where a person must
   * act, with OTHER where later will do. A host of 1.0 ignores it, so fail with
   * CPI_CLASS_AUTH_EXPIRED there. */
  CPI_REQUEST_RENEW_CREDENTIALS = 1u << 4
};
typedef struct cpi_request {
  uint32_t struct_size;
  uint32_t flags; /* CPI_REQUEST_* */
  cpi_str method; /* an RFC 9110 token in upper case */
  cpi_str url;    /* absolute, https */
  const cpi_header *headers;
  size_t header_count;
  cpi_bytes body;
  uint64_t timeout_ms;         /* of the whole exchange; 0 leaves it to the host */
  uint64_t max_response_bytes; /* 0 leaves it to the host */
} cpi_request;

/* One trigger event. */
typedef struct cpi_event {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  cpi_str key;       /* unique within the trigger; the host makes the event's id of it */
  cpi_str subject;   /* what it is about, e.g. "campaign/1001"; may be empty */
  cpi_str data;      /* a JSON object that fits the trigger's output schema */
} cpi_event;

/* Events and the cursor that passed them: stored together, in one transaction, or not at all. */
typedef struct cpi_batch {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  const cpi_event *const *events;
  size_t event_count;
  cpi_bytes cursor;
} cpi_batch;

/* How an operation succeeded. */
enum {
  CPI_RESULT_CURSOR = 1u << 0, /* poll: store `cursor`; without it the old one stays */
  CPI_RESULT_MORE = 1u << 1    /* poll: there is more; begin again now, with the new cursor */
};
typedef struct cpi_result {
  uint32_t struct_size;
  uint32_t flags;   /* CPI_RESULT_* */
  cpi_str output;   /* JSON. Test: the account. Sample: {"items": [...]}.
                       Lookup: {"items": [{"value": any, "label": text, "hint": text}, ...],
                       "next": text}; hint may be absent; so is next on the last page.
                       Poll: empty, or {"notes": [text, ...], "seen": n, "requests": n} */
  cpi_bytes cursor; /* poll only */
} cpi_result;

/* Why an operation failed. */
typedef int32_t cpi_class;
enum {
  CPI_CLASS_PLUGIN_FAULT = 1,  /* the connector is wrong; tell its author */
  CPI_CLASS_INVALID_INPUT = 2, /* details: [{"pointer": "/email", "message": "..."}, ...], all */
  CPI_CLASS_AUTH_EXPIRED = 3,  /* the credentials were refused. The host renews them and begins the
                                  operation again where nothing was done that must not be repeated */
  CPI_CLASS_NEEDS_REAUTH = 4,  /* a person must sign in again */
  CPI_CLASS_APP_MISCONFIGURED = 5, /* client id, secret or redirect is wrong */
  CPI_CLASS_FORBIDDEN = 6,
  CPI_CLASS_NOT_FOUND = 7,
  CPI_CLASS_CONFLICT = 8,
  CPI_CLASS_RATE_LIMITED = 9,
  CPI_CLASS_QUOTA = 10, /* a plan's or an hour's limit, not worth a quick retry */
  CPI_CLASS_TOO_LARGE = 11,
  CPI_CLASS_UNAVAILABLE = 12, /* the service is down or unreachable; nothing was done */
  CPI_CLASS_TIMEOUT = 13,
  CPI_CLASS_UNKNOWN_OUTCOME = 14, /* sent, and nobody knows whether it took effect */
  CPI_CLASS_BAD_RESPONSE = 15,    /* the service answered something unintelligible */
  CPI_CLASS_LIMITATION = 16       /* the connector does not offer this, by decision */
};
typedef int32_t cpi_fault;
enum { CPI_FAULT_USER = 1, CPI_FAULT_VENDOR = 2, CPI_FAULT_CONNECTOR = 3, CPI_FAULT_HOST = 4 };

typedef struct cpi_error {
  uint32_t struct_size;
  cpi_class error_class;
  cpi_fault fault;
  int32_t http_status;     /* 0 when no response was involved */
  int64_t vendor_code;     /* 0 when the service gave none */
  uint64_t retry_after_ms; /* 0 when unknown */
  cpi_str message;         /* one sentence for a person; never a secret */
  cpi_str advice;          /* what to do about it; may be empty */
  cpi_str details;         /* a JSON value, or empty */
} cpi_error;

typedef int32_t cpi_step_kind;
enum {
  CPI_STEP_SEND = 1,   /* perform `request`; answer RESPONSE or NO_RESPONSE */
  CPI_STEP_WAIT = 2,   /* let wait_ms pass; answer TIMER */
  CPI_STEP_EVENTS = 3, /* store `batch`; answer STORED. Poll only */
  CPI_STEP_DONE = 4,   /* finished with `result` */
  CPI_STEP_FAILED = 5  /* finished with `error`; the cursor stays as last stored */
};
typedef struct cpi_step {
  uint32_t struct_size; /* set by the host before `next` */
  cpi_step_kind kind;
  uint64_t wait_ms;
  const cpi_request *request; /* null unless SEND; likewise the others */
  const cpi_batch *batch;
  const cpi_result *result;
  const cpi_error *error;
} cpi_step;

/* ---- Answers: what the host brings back ------------------------------------------------------ */

typedef int32_t cpi_answer_kind;
enum {
  CPI_ANSWER_START = 1, /* the first one */
  CPI_ANSWER_RESPONSE = 2,
  CPI_ANSWER_NO_RESPONSE = 3,
  CPI_ANSWER_TIMER = 4,
  CPI_ANSWER_STORED = 5
};
typedef int32_t cpi_transport;
enum { /* why there was no response */
       CPI_TRANSPORT_OTHER = 1,
       CPI_TRANSPORT_DNS = 2,
       CPI_TRANSPORT_CONNECT = 3,
       CPI_TRANSPORT_TLS = 4,
       CPI_TRANSPORT_TIMEOUT = 5,
       CPI_TRANSPORT_RESET = 6,
       CPI_TRANSPORT_TOO_LARGE = 7,
       CPI_TRANSPORT_DENIED = 8, /* the host's policy forbids the request */
       CPI_TRANSPORT_RATE_LIMITED =
           9, /* the host's budget has no room before the operation's deadline */
       CPI_TRANSPORT_NO_CREDENTIALS = 10 /* there is no usable token; a person must act */
};
enum {
  CPI_ANSWER_MAYBE_SENT = 1u << 0 /* NO_RESPONSE: the service may have got the request.
                                     RESPONSE: this answers a request that the host repeated; the
                                     service may have got it before */
};
typedef struct cpi_answer {
  uint32_t struct_size;
  cpi_answer_kind kind;
  uint32_t flags;            /* CPI_ANSWER_* */
  int32_t http_status;       /* RESPONSE */
  int64_t now_unix_ms;       /* the only clock a plugin has; with every answer */
  cpi_transport transport;   /* NO_RESPONSE */
  uint32_t reserved;         /* 0 */
  const cpi_header *headers; /* RESPONSE; names in lower case */
  size_t header_count;
  cpi_bytes body; /* RESPONSE: decoded, and at most max_response_bytes */
  cpi_str detail; /* NO_RESPONSE: a sentence for a person; never a secret */
} cpi_answer;

/* ---- Operations ------------------------------------------------------------------------------ */

typedef int32_t cpi_operation_kind;
enum {
  CPI_KIND_TEST = 1,   /* is the connection alive, and whose is it; id is empty */
  CPI_KIND_ACTION = 2, /* run an action */
  CPI_KIND_POLL = 3,   /* what is new for a trigger */
  CPI_KIND_SAMPLE = 4, /* up to five recent items for a trigger; changes nothing */
  CPI_KIND_LOOKUP = 5  /* the choices of a dropdown. Input: {"input": {...}, "page": text,
                          "search": text}, each may be absent. `input` fits the lookup's schema in
                          the manifest; `page` is the `next` of the page before; `search` is what
                          the user typed */
};
typedef int32_t cpi_poll_mode;
enum {
  CPI_POLL_BASELINE = 1, /* remember what is there, emit nothing */
  CPI_POLL_NORMAL = 2,   /* emit what the cursor has not passed */
  CPI_POLL_BACKFILL = 3  /* a baseline that emits the newest backfill_count items */
};
typedef struct cpi_begin {
  uint32_t struct_size;
  cpi_operation_kind kind;
  cpi_str id;              /* the manifest's id of the action, trigger or lookup */
  cpi_str input;           /* JSON; need not be valid, not even UTF-8: bad input fails at `next` */
  cpi_poll_mode mode;      /* POLL. An unfinished baseline or backfill is begun again in its mode */
  uint32_t max_requests;   /* POLL: after so many requests it ends with CPI_RESULT_MORE and a cursor
                              from which the next one goes on. One page is always read, so that it
                              gets on. 0 leaves it to the plugin */
  uint32_t max_events;     /* POLL: per batch; 0 leaves it to the plugin */
  uint32_t reserved;       /* 0 */
  uint64_t backfill_count; /* BACKFILL; UINT64_MAX for all */
  cpi_bytes cursor;        /* POLL: what was stored last for this id, or empty. When the input has
                              changed since: the same where only what is told differs (a filter:
                              `detect.when` in the manifest), and empty where what is read differs,
                              which makes a new baseline. Empty is always right */
  cpi_bytes entropy;       /* 16 random bytes or more, others for each operation: the only
                              randomness a plugin has. What must stay the same from poll to poll,
                              such as the key of its hashes, it keeps in the cursor */
} cpi_begin;

typedef struct cpi_connector cpi_connector;
typedef struct cpi_operation cpi_operation;

typedef struct cpi_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* of the host */
  cpi_str name;
  cpi_str version;
} cpi_host;

typedef struct cpi_plugin {
  uint32_t struct_size;
  uint32_t abi_minor;          /* compiled with */
  uint32_t needs_minor;        /* the host's abi_minor must be at least this */
  uint32_t reserved;           /* 0 */
  cpi_str id;                  /* equals the manifest's id */
  cpi_str version;             /* equals the manifest's version */
  cpi_str build;               /* SDK and compiler, for diagnostics only */
  uint8_t manifest_sha256[32]; /* of the manifest file's bytes; a host refuses another file */

  /* Makes a connector: what all operations share, unchanged from then on. Copies what it needs of
   * `host`. CPI_ERR_UNKNOWN when needs_minor is more than the host has. [any] */
  cpi_status(CPI_CALL *create)(const cpi_host *host, cpi_connector **out);

  /* Every operation must have been ended. Null is allowed. [any] */
  void(CPI_CALL *destroy)(cpi_connector *connector);

  /* Begins an operation. Copies what it needs and validates nothing but kind and id: bad input
   * fails at `next`. The connector must outlive the operation. [any] */
  cpi_status(CPI_CALL *begin)(cpi_connector *connector, const cpi_begin *args, cpi_operation **out);

  /* First with START, then with the answer that the last step asked for. DONE and FAILED are
   * final: after them, and after any status but CPI_OK, only `end` is allowed. [serial op] */
  cpi_status(CPI_CALL *next)(cpi_operation *operation, const cpi_answer *answer, cpi_step *step);

  /* Frees the operation; allowed at any moment, and before DONE or FAILED it cancels. Abort the
   * transfer first: its request belongs to the operation. Null is allowed. [serial op] */
  void(CPI_CALL *end)(cpi_operation *operation);

  /* An optional table by id, such as "cpi.blob/1", or null. Owned by the plugin. [any] */
  const void *(CPI_CALL *extension)(const cpi_str *id);
} cpi_plugin;

/* The only exported symbol. Returns the same static table every time and does nothing. [any] */
CPI_EXPORT const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void);

typedef const cpi_plugin *(CPI_CALL *cpi_plugin_entry_fn)(void);
#define CPI_PLUGIN_ENTRY "cpi_plugin_entry_v1"

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-*) */

#endif
