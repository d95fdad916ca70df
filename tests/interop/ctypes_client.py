"""libckws used from Python with ctypes, as a program without any binding would.

    ctypes_client.py LIBCKWS.so URL [ROOTS.pem]

connects to an echo server, sends text and bytes, compares what comes back and closes. Exit code 0 is success.
"""

import ctypes
import sys
from ctypes import POINTER, byref, c_bool, c_char_p, c_int, c_size_t, c_ubyte, c_void_p

CKWS_OPCODE_TEXT, CKWS_OPCODE_BINARY, CKWS_OPCODE_CLOSE = 1, 2, 8

SIGNATURES = {
    "ckws_create": (c_void_p, []),
    "ckws_dispose": (None, [c_void_p]),
    "ckws_add_trusted_roots_pem": (c_bool, [c_void_p, c_char_p]),
    "ckws_connect": (c_bool, [c_void_p, c_char_p]),
    "ckws_send_text": (c_bool, [c_void_p, c_char_p, c_size_t]),
    "ckws_send_binary": (c_bool, [c_void_p, c_char_p, c_size_t]),
    "ckws_send_close": (c_bool, [c_void_p, c_bool, c_int, c_char_p]),
    "ckws_receive": (c_int, [c_void_p, POINTER(POINTER(c_ubyte)), POINTER(c_size_t)]),
    "ckws_get_last_error_text": (c_char_p, [c_void_p]),
    "ckws_get_close_status_code": (c_int, [c_void_p]),
    "ckws_global_live_handles": (c_size_t, []),
}


def load(path):
    library = ctypes.CDLL(path)
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def main(path, url, roots=None):
    ckws = load(path)
    socket = ckws.ckws_create()

    def must(condition):
        if not condition:
            sys.exit(ckws.ckws_get_last_error_text(socket).decode())

    def receive():
        data, length = POINTER(c_ubyte)(), c_size_t()
        opcode = ckws.ckws_receive(socket, byref(data), byref(length))
        must(opcode >= 0)
        return opcode, bytes(data[: length.value])

    if roots:
        must(ckws.ckws_add_trusted_roots_pem(socket, roots.encode()))
    must(ckws.ckws_connect(socket, url.encode()))

    text = "grüße 🦀".encode()
    must(ckws.ckws_send_text(socket, text, len(text)))
    assert receive() == (CKWS_OPCODE_TEXT, text)

    data = bytes(range(256)) * 1000
    must(ckws.ckws_send_binary(socket, data, len(data)))
    assert receive() == (CKWS_OPCODE_BINARY, data)

    must(ckws.ckws_send_close(socket, True, 1000, b"from python"))
    assert receive()[0] == CKWS_OPCODE_CLOSE
    assert ckws.ckws_get_close_status_code(socket) == 1000
    ckws.ckws_dispose(socket)
    assert ckws.ckws_global_live_handles() == 0


main(*sys.argv[1:])
