"""Ctrl-C in a read: the handler of the interpreter interrupts the wait.

    interrupt.py LIBRARY URL
"""

import ctypes
import os
import signal
import sys
import threading
import time

library = ctypes.CDLL(sys.argv[1])
Handle = ctypes.c_void_p
library.ckws_create.restype = Handle
library.ckws_connect.argtypes = [Handle, ctypes.c_char_p]
library.ckws_connect.restype = ctypes.c_bool
library.ckws_set_interruptible.argtypes = [Handle, ctypes.c_bool]
library.ckws_set_idle_timeout_ms.argtypes = [Handle, ctypes.c_int]
library.ckws_read_frame.argtypes = [Handle]
library.ckws_read_frame.restype = ctypes.c_bool

over = threading.Event()


def interrupt_until_over():
    # One may come before the wait, which it does not end.
    while not over.is_set():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)


ws = library.ckws_create()
assert library.ckws_connect(ws, sys.argv[2].encode())
library.ckws_set_idle_timeout_ms(ws, 0)
library.ckws_set_interruptible(ws, True)
signal.signal(signal.SIGINT, lambda *_: None)
# The process's signals go to this thread, which waits.
thread = threading.Thread(target=interrupt_until_over)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
thread.start()
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
assert not library.ckws_read_frame(ws)
over.set()
thread.join()
