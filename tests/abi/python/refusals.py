#!/usr/bin/env python3
"""What a connector says of inputs that it does not take: refusals.py LIBRARY.

Reads [action, input] as JSON line by line, and writes the error of each as a line: {message, advice, details}; null where the
input is taken, so that the connector asks for a request.
"""
import ctypes as c
import json
import sys

import host


def refusal(connector, id_, value):
    id_, _keep_id = host.lent(id_.encode())
    input_, _keep_input = host.lent(json.dumps(value).encode())
    operation = c.c_void_p()
    begin = host.sized(host.Begin, kind=host.ACTION, id=id_, input=input_)
    assert connector.plugin.begin(connector.handle, c.byref(begin), c.byref(operation)) == host.OK
    try:
        step = host.sized(host.Step)
        answer = host.sized(host.Answer, kind=host.START)
        assert connector.plugin.next(operation, c.byref(answer), c.byref(step)) == host.OK
        if step.kind != host.FAILED:
            return None
        error = step.error.contents
        return {"message": str(error.message), "advice": str(error.advice), "details": json.loads(str(error.details))}
    finally:
        connector.plugin.end(operation)


def main(path):
    connector = host.Connector(path)
    try:
        for line in sys.stdin:
            print(json.dumps(refusal(connector, *json.loads(line))), flush=True)
    finally:
        connector.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
