/* cpi/plugin.h: the C ABI between a connector plugin and the host that drives it.
 *
 * A plugin does no I/O: it opens no socket or file, starts no thread, reads no clock, and never
 * sees a secret. The host begins an operation and then calls `next` repeatedly; each call returns a
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
 * The price: a response body is delivered whole, and an operation has one request in flight.
 *
 * Memory    Each side frees only its own buffers. Arguments are borrowed until the call returns.
 *           Data that a step points to belongs to the operation and is valid until the next call
 *           on that operation.
 * Text      UTF-8 with a size and no terminator; `data` may be null when `size` is 0.
 * Structs   The side that allocates a struct sets its struct_size, and neither side reads or writes
 *           past it. A reader compares it with the size of the first release (CPI_THROUGH the last
 *           field of that release), then checks for each newer field with CPI_HAS. Fields are only
 *           appended; their meaning and offset never change. cpi_str, cpi_bytes and cpi_header are
 *           used in arrays or by value, so they are frozen.
 * Values    Unknown flag bits are ignored. An unknown kind is an error, so neither side sends one
 *           that is newer than the abi_minor of the other side. An unknown error class is treated
 *           as CPI_CLASS_PLUGIN_FAULT.
 * Time      Milliseconds. Wall-clock times are Unix time in UTC.
 * Threads   [any]        callable from any thread, concurrently.
 *           [serial op]  calls on one operation never overlap; each may come from a different
 *                        thread.
 * Secrets   A plugin never sees credentials. The host adds them to a request that asks for them,
 *           only over https and to hosts that the manifest allows, by the connection's auth method:
 *             oauth2_authorization_code, oauth2_client_credentials, static_bearer
 *                             Authorization: Bearer TOKEN    (RFC 6750, section 2.1)
 *             api_key_header  NAME: PREFIX KEY               (name and prefix of the manifest)
 *             api_key_query   NAME=KEY, the query's last parameter
 *             basic           Authorization: Basic BASE64    (RFC 7617)
 * Calls     No function blocks, throws, or keeps the caller's thread. Out-parameters are written
 *           only when CPI_OK is returned. */
#ifndef CPI_PLUGIN_H
#define CPI_PLUGIN_H

/* NOLINTBEGIN(modernize-*): this is C */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPI_ABI_MAJOR 1 /* part of the entry symbol's name: a new major is a new symbol */
#define CPI_ABI_MINOR 1 /* raised by each addition; the addition is marked "1.1:" and so on */

#if defined(_WIN32)
#  define CPI_CALL __cdecl
#  define CPI_EXPORT __declspec(dllexport)
#else
#  define CPI_CALL
#  define CPI_EXPORT __attribute__((visibility("default")))
#endif

/* Size of `type` in bytes, up to and including `field`. Never use sizeof: a later field may use the
 * tail padding. */
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

/* The status of a call. Any value other than CPI_OK means a bug in the caller or in the plugin, or
 * that memory ran out. The last step of an operation reports how the operation ended; a status
 * never does. */
typedef int32_t cpi_status;
enum {
  CPI_OK = 0,
  CPI_ERR_ARGUMENT = -1, /* null pointer, or struct_size below the first release's */
  CPI_ERR_STATE = -2, /* the answer does not match the last step; the operation may only be ended */
  CPI_ERR_UNKNOWN = -3, /* no such kind or id */
  CPI_ERR_MEMORY = -4,  /* out of memory; the operation may only be ended */
  CPI_ERR_INTERNAL = -5 /* a bug in the plugin; the operation may only be ended */
};

/* ---- Steps: requests of the plugin to the host ---------------------------------------------- */

/* A request to perform. The host follows no redirect and refuses a request to a host that the
 * manifest does not allow. It sets the following headers itself and refuses a request that has one
 * of them: accept-encoding, authorization, connection, content-length, cookie, expect, host,
 * keep-alive, proxy-authorization, proxy-connection, te, trailer, transfer-encoding, upgrade. */
enum {
  CPI_REQUEST_REPEATABLE = 1u << 0,  /* sending it twice is harmless: the host may retry it */
  CPI_REQUEST_CREDENTIALS = 1u << 1, /* add the connection's credentials as the manifest says */
  CPI_REQUEST_SECRET = 1u << 2,      /* keep URL, headers and body out of logs and dry runs */
  CPI_REQUEST_SHAREABLE = 1u << 3,   /* a recent answer to the same GET on this account will do */
  /* 1.1: The last answer refused the credentials: renew them before sending. Valid only with
   * CPI_REQUEST_CREDENTIALS, usually on a repetition of the refused request. The host handles HTTP
   * 401 itself: it renews and repeats without being asked. This flag is for other refusals, which
   * only the plugin recognises. The host renews at most once per operation. When the flag is sent
   * again, the host waits for the new credentials to take effect, or answers NO_RESPONSE: with
   * NO_CREDENTIALS if a person must act, with OTHER if a later attempt can succeed. A host of 1.0
   * ignores the flag; fail with CPI_CLASS_AUTH_EXPIRED there. */
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
  uint64_t timeout_ms;         /* for the whole exchange; 0: the host's default */
  uint64_t max_response_bytes; /* 0: the host's default */
} cpi_request;

/* One trigger event. */
typedef struct cpi_event {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  cpi_str key;       /* unique within the trigger; the host derives the event's id from it */
  cpi_str subject;   /* what the event is about, e.g. "campaign/1001"; may be empty */
  cpi_str data;      /* a JSON object valid under the trigger's output schema */
} cpi_event;

/* Events and the cursor position after them. The host stores both in one transaction, or neither.
 */
typedef struct cpi_batch {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  const cpi_event *const *events;
  size_t event_count;
  cpi_bytes cursor;
} cpi_batch;

/* The result of a successful operation. */
enum {
  CPI_RESULT_CURSOR = 1u << 0, /* poll: store `cursor`; without this flag the old one stays */
  CPI_RESULT_MORE = 1u << 1    /* poll: not finished; begin again now, with the new cursor */
};
typedef struct cpi_result {
  uint32_t struct_size;
  uint32_t flags;   /* CPI_RESULT_* */
  cpi_str output;   /* JSON. Test: the account. Sample: {"items": [...], "notes": [text, ...]}.
                       Lookup: {"items": [{"value": any, "label": text, "hint": text}, ...],
                       "next": text, "notes": [text, ...]}; `hint` is optional; `next` is absent
                       on the last page. `notes`, optional, are sentences for a person.
                       Poll: empty, or {"notes": [text, ...], "seen": n, "requests": n,
                       "refused": [{"name": text, "reason": text}, ...]}; `refused` names the parts
                       (a list, a day, ...) that could not be read although others could; each
                       poll names all of them, without `reason` those it did not ask again; a note
                       about a part begins with its name */
  cpi_bytes cursor; /* poll only */
  cpi_str notes;    /* 1.1: Test, action: JSON, [text, ...]: sentences for a person about `output`,
                       such as a member that was left out; may be empty. The other kinds have their
                       notes in `output`. A host of 1.0 does not show them */
} cpi_result;

/* Why an operation failed. */
typedef int32_t cpi_class;
enum {
  CPI_CLASS_PLUGIN_FAULT = 1,  /* a bug in the connector; report it to its author */
  CPI_CLASS_INVALID_INPUT = 2, /* details: [{"pointer": "/email", "message": "..."}, ...]: at most
                                  100 problems, then one entry that counts the rest */
  CPI_CLASS_AUTH_EXPIRED = 3,  /* the credentials were refused. The host renews them and begins the
                                  operation again, unless it may have had an effect that must not
                                  be repeated */
  CPI_CLASS_NEEDS_REAUTH = 4,  /* a person must sign in again */
  CPI_CLASS_APP_MISCONFIGURED = 5, /* client id, secret or redirect is wrong */
  CPI_CLASS_FORBIDDEN = 6,
  CPI_CLASS_NOT_FOUND = 7,
  CPI_CLASS_CONFLICT = 8,
  CPI_CLASS_RATE_LIMITED = 9,
  CPI_CLASS_QUOTA = 10, /* a limit of the plan or of an hour; an early retry cannot succeed */
  CPI_CLASS_TOO_LARGE = 11,
  CPI_CLASS_UNAVAILABLE = 12, /* the service is down or unreachable; nothing was done */
  CPI_CLASS_TIMEOUT = 13,
  CPI_CLASS_UNKNOWN_OUTCOME = 14, /* sent, but it is unknown whether it took effect */
  CPI_CLASS_BAD_RESPONSE = 15,    /* the service's answer could not be understood */
  CPI_CLASS_LIMITATION = 16       /* the connector deliberately does not offer this */
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
  cpi_str advice;          /* what the person should do; may be empty */
  cpi_str details;         /* a JSON value, or empty */
} cpi_error;

typedef int32_t cpi_step_kind;
enum {
  CPI_STEP_SEND = 1,   /* perform `request`; answer RESPONSE or NO_RESPONSE */
  CPI_STEP_WAIT = 2,   /* let wait_ms pass; answer TIMER */
  CPI_STEP_EVENTS = 3, /* store `batch`; answer STORED. Poll only */
  CPI_STEP_DONE = 4,   /* finished with `result` */
  CPI_STEP_FAILED = 5  /* finished with `error`; the last stored cursor stays */
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

/* ---- Answers: results that the host returns -------------------------------------------------- */

typedef int32_t cpi_answer_kind;
enum {
  CPI_ANSWER_START = 1, /* always the first answer */
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
           9, /* the rate budget allows no request before the operation's deadline */
       CPI_TRANSPORT_NO_CREDENTIALS = 10 /* no usable credentials; a person must act */
};
enum {
  CPI_ANSWER_MAYBE_SENT = 1u << 0 /* NO_RESPONSE: the service may have received the request.
                                     RESPONSE: the host repeated the request; the service may have
                                     received it before */
};
typedef struct cpi_answer {
  uint32_t struct_size;
  cpi_answer_kind kind;
  uint32_t flags;            /* CPI_ANSWER_* */
  int32_t http_status;       /* RESPONSE */
  int64_t now_unix_ms;       /* set in every answer: the only clock of a plugin */
  cpi_transport transport;   /* NO_RESPONSE */
  uint32_t reserved;         /* 0 */
  const cpi_header *headers; /* RESPONSE; names in lower case */
  size_t header_count;
  cpi_bytes body; /* RESPONSE: decoded, at most max_response_bytes */
  cpi_str detail; /* NO_RESPONSE: a sentence for a person; never a secret */
} cpi_answer;

/* ---- Operations ------------------------------------------------------------------------------ */

typedef int32_t cpi_operation_kind;
enum {
  CPI_KIND_TEST = 1,   /* whether the connection works, and for which account; id is empty */
  CPI_KIND_ACTION = 2, /* run an action */
  CPI_KIND_POLL = 3,   /* find new events of a trigger */
  CPI_KIND_SAMPLE = 4, /* up to five recent items of a trigger; changes nothing */
  CPI_KIND_LOOKUP = 5  /* the choices of a dropdown. Input: {"input": {...}, "page": text,
                          "search": text}, each optional. `input` is valid under the lookup's
                          schema in the manifest; `page` is `next` of the previous page;
                          `search` is the text that the user typed */
};
typedef int32_t cpi_poll_mode;
enum {
  CPI_POLL_BASELINE = 1, /* record existing items, emit nothing */
  CPI_POLL_NORMAL = 2,   /* emit the items after the cursor */
  CPI_POLL_BACKFILL = 3  /* a baseline that emits the newest backfill_count items */
};
typedef struct cpi_begin {
  uint32_t struct_size;
  cpi_operation_kind kind;
  cpi_str id;    /* the manifest's id of the action, trigger or lookup */
  cpi_str input; /* JSON, not validated by the host, not even as UTF-8: bad input fails at `next` */
  cpi_poll_mode mode; /* POLL. An unfinished baseline or backfill is begun again in the same mode */
  uint32_t max_requests; /* POLL: after this many requests it ends with CPI_RESULT_MORE and a cursor
                            from which the next poll continues. At least one page is always
                            read, so that every poll makes progress. 0: the plugin's default */
  uint32_t max_events;   /* POLL: per batch; 0: the plugin's default */
  uint32_t reserved;     /* 0 */
  uint64_t backfill_count; /* BACKFILL; UINT64_MAX for all */
  cpi_bytes cursor;  /* POLL: the last cursor stored for this id, or empty. After a change of the
                        input, pass the old cursor if only the filter changed (`detect.when` in the
                        manifest: which rows are reported). If the change affects which rows are
                        read, pass an empty cursor, which takes a new baseline. An empty cursor is
                        always valid */
  cpi_bytes entropy; /* at least 16 random bytes, different for each operation: the plugin's only
                        source of randomness. A value that must stay the same between polls,
                        such as the key of its hashes, belongs in the cursor */
} cpi_begin;

typedef struct cpi_connector cpi_connector;
typedef struct cpi_operation cpi_operation;

typedef struct cpi_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* the host's CPI_ABI_MINOR */
  cpi_str name;
  cpi_str version;
} cpi_host;

typedef struct cpi_plugin {
  uint32_t struct_size;
  uint32_t abi_minor;          /* the CPI_ABI_MINOR it was compiled with */
  uint32_t needs_minor;        /* the lowest abi_minor of a host that it can work with */
  uint32_t reserved;           /* 0 */
  cpi_str id;                  /* equals the manifest's id */
  cpi_str version;             /* equals the manifest's version */
  cpi_str build;               /* SDK and compiler, for diagnostics only */
  uint8_t manifest_sha256[32]; /* of the manifest file; a host refuses a file with another hash */

  /* Creates a connector: the immutable state that all operations share. Copies what it needs from
   * `host`. CPI_ERR_UNKNOWN when needs_minor is above the host's abi_minor. [any] */
  cpi_status(CPI_CALL *create)(const cpi_host *host, cpi_connector **out);

  /* Destroys a connector. Every operation must have been ended. Null is allowed. [any] */
  void(CPI_CALL *destroy)(cpi_connector *connector);

  /* Begins an operation. Copies its arguments and validates only kind and id (CPI_ERR_UNKNOWN): bad
   * input fails at `next`. The connector must outlive the operation. [any] */
  cpi_status(CPI_CALL *begin)(cpi_connector *connector, const cpi_begin *args, cpi_operation **out);

  /* Advances an operation: first with START, then with the answer to the last step. DONE and FAILED
   * are final: after them, and after any status other than CPI_OK, only `end` is allowed.
   * [serial op] */
  cpi_status(CPI_CALL *next)(cpi_operation *operation, const cpi_answer *answer, cpi_step *step);

  /* Frees the operation. Allowed at any time; before DONE or FAILED it cancels the operation. Abort
   * the transfer first: its request belongs to the operation. Null is allowed. [serial op] */
  void(CPI_CALL *end)(cpi_operation *operation);

  /* Returns the optional table with this id, such as "cpi.blob/1", or null. The plugin owns it.
   * [any] */
  const void *(CPI_CALL *extension)(const cpi_str *id);
} cpi_plugin;

/* The only exported symbol. Returns the same static table every time, without side effects. [any]
 */
CPI_EXPORT const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void);

typedef const cpi_plugin *(CPI_CALL *cpi_plugin_entry_fn)(void);
#define CPI_PLUGIN_ENTRY "cpi_plugin_entry_v1"

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-*) */

#endif
