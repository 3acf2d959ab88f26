#!/usr/bin/env python3
"""A host in forty lines of Python: host.py LIBRARY. Drives the C example through ctypes.

What to mind: keep a reference to every buffer while a call runs; read text by its size, for it has no
terminator (c_char_p would look for one); ctypes releases the GIL in calls, so [serial op] is yours to keep.
"""
import ctypes as c
import sys


class Str(c.Structure):
    _fields_ = [("data", c.c_void_p), ("size", c.c_size_t)]

    def __str__(self):
        return c.string_at(self.data, self.size).decode() if self.size else ""


class Request(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("flags", c.c_uint32), ("method", Str), ("url", Str),
                ("headers", c.c_void_p), ("header_count", c.c_size_t), ("body", Str),
                ("timeout_ms", c.c_uint64), ("max_response_bytes", c.c_uint64)]


class Result(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("flags", c.c_uint32), ("output", Str), ("cursor", Str),
                ("notes", Str)]


class Error(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("error_class", c.c_int32), ("fault", c.c_int32),
                ("http_status", c.c_int32), ("vendor_code", c.c_int64),
                ("retry_after_ms", c.c_uint64), ("message", Str), ("advice", Str), ("details", Str)]


class Step(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("kind", c.c_int32), ("wait_ms", c.c_uint64),
                ("request", c.POINTER(Request)), ("batch", c.c_void_p),
                ("result", c.POINTER(Result)), ("error", c.POINTER(Error))]


class Answer(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("kind", c.c_int32), ("flags", c.c_uint32),
                ("http_status", c.c_int32), ("now_unix_ms", c.c_int64), ("transport", c.c_int32),
                ("reserved", c.c_uint32), ("headers", c.c_void_p), ("header_count", c.c_size_t),
                ("body", Str), ("detail", Str)]


class Begin(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("kind", c.c_int32), ("id", Str), ("input", Str),
                ("mode", c.c_int32), ("max_requests", c.c_uint32), ("max_events", c.c_uint32),
                ("reserved", c.c_uint32), ("backfill_count", c.c_uint64), ("cursor", Str),
                ("entropy", Str)]


class Host(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("abi_minor", c.c_uint32), ("name", Str),
                ("version", Str)]


class Plugin(c.Structure):
    _fields_ = [("struct_size", c.c_uint32), ("abi_minor", c.c_uint32), ("needs_minor", c.c_uint32),
                ("reserved", c.c_uint32), ("id", Str), ("version", Str), ("build", Str),
                ("manifest_sha256", c.c_uint8 * 32),
                ("create", c.CFUNCTYPE(c.c_int32, c.POINTER(Host), c.POINTER(c.c_void_p))),
                ("destroy", c.CFUNCTYPE(None, c.c_void_p)),
                ("begin", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(Begin),
                                      c.POINTER(c.c_void_p))),
                ("next", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(Answer), c.POINTER(Step))),
                ("end", c.CFUNCTYPE(None, c.c_void_p)),
                ("extension", c.CFUNCTYPE(c.c_void_p, c.POINTER(Str)))]


OK, SEND, DONE, FAILED = 0, 1, 4, 5
START, RESPONSE = 1, 2
ACTION = 2


def sized(struct, **fields):
    """A struct that says its size: through its last field, without what pads its tail."""
    last = getattr(struct, struct._fields_[-1][0])
    return struct(struct_size=last.offset + last.size, **fields)


def lent(data):
    """Bytes as a Str, and the buffer that must outlive the call."""
    buffer = c.create_string_buffer(data, len(data))
    return Str(c.addressof(buffer), len(data)), buffer


class Connector:
    def __init__(self, path):
        self.library = c.CDLL(path)
        entry = self.library.cpi_plugin_entry_v1
        entry.restype = c.POINTER(Plugin)
        self.plugin = entry().contents
        self.handle = c.c_void_p()
        host = sized(Host, abi_minor=0)
        if self.plugin.create(c.byref(host), c.byref(self.handle)) != OK:
            raise RuntimeError("create failed")

    def close(self):
        self.plugin.destroy(self.handle)

    def run(self, kind, id_, input_, transfer):
        """Runs an operation; `transfer` performs a request: (method, url) -> (status, body)."""
        id_, _keep_id = lent(id_)
        input_, _keep_input = lent(input_)
        operation = c.c_void_p()
        begin = sized(Begin, kind=kind, id=id_, input=input_)
        status = self.plugin.begin(self.handle, c.byref(begin), c.byref(operation))
        if status != OK:
            raise LookupError(f"begin returned {status}")
        try:
            answer = sized(Answer, kind=START)
            while True:
                step = sized(Step)
                status = self.plugin.next(operation, c.byref(answer), c.byref(step))
                if status != OK:
                    raise RuntimeError(f"next returned {status}")
                if step.kind == DONE:
                    return str(step.result.contents.output)
                if step.kind == FAILED:
                    raise ValueError(str(step.error.contents.message))
                if step.kind != SEND:
                    raise RuntimeError(f"unexpected step {step.kind}")
                request = step.request.contents
                code, body = transfer(str(request.method), str(request.url))
                body, _keep_body = lent(body)
                answer = sized(Answer, kind=RESPONSE, http_status=code, body=body)
        finally:
            self.plugin.end(operation)


def main(path):
    asked = []

    def transfer(method, url):
        asked.append((method, url))
        return 200, '{"text": "Gr\u00fc\u00dfe"}'.encode()

    connector = Connector(path)
    try:
        output = connector.run(ACTION, b"echo.get", '{"text": "Gr\u00fc\u00dfe"}'.encode(), transfer)
        assert output == '{"text":"Gr\u00fc\u00dfe"}', output
        assert asked == [("GET", "https://api.notebook.example/echo?text=Gr%C3%BC%C3%9Fe")], asked
        for id_, input_, error in ((b"echo.get", b"{}", ValueError), (b"no.such", b"{}", LookupError)):
            try:
                connector.run(ACTION, id_, input_, transfer)
            except error as expected:
                print(f"{id_.decode()}: {expected}")
            else:
                raise AssertionError(f"{id_} was accepted")
    finally:
        connector.close()
    print(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
