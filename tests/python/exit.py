"""Ends while callbacks of the library come: the interpreter then ends each thread that enters it, by pthread_exit.

    exit.py LIBRARY URL abort_check|task_completed
"""

import ctypes
import sys
import threading

THREADS = 4
CALLS = 20

library = ctypes.CDLL(sys.argv[1])
Handle = ctypes.c_void_p
AbortCheck = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p)
TaskCompleted = ctypes.CFUNCTYPE(None, Handle, ctypes.c_void_p)

library.ckws_create.restype = Handle
library.ckws_connect.argtypes = [Handle, ctypes.c_char_p]
library.ckws_connect.restype = ctypes.c_bool
library.ckws_read_frame.argtypes = [Handle]
library.ckws_read_frame.restype = ctypes.c_bool
library.ckws_set_heartbeat_ms.argtypes = [Handle, ctypes.c_int]
library.ckws_set_abort_check.argtypes = [Handle, AbortCheck, ctypes.c_void_p]
library.ckws_set_task_completed.argtypes = [Handle, TaskCompleted, ctypes.c_void_p]
library.ckws_send_ping_async.argtypes = [Handle, ctypes.c_char_p]
library.ckws_send_ping_async.restype = Handle
library.ckws_task_run.argtypes = [Handle]
library.ckws_task_dispose.argtypes = [Handle]

called = threading.Semaphore(0)


@AbortCheck
def abort_check(_):
    called.release()
    return False


@TaskCompleted
def task_completed(_task, _):
    called.release()


def connect():
    ws = library.ckws_create()
    assert library.ckws_connect(ws, sys.argv[2].encode())
    return ws


def wait_in_read():
    ws = connect()
    library.ckws_set_heartbeat_ms(ws, 1)
    library.ckws_set_abort_check(ws, abort_check, None)
    library.ckws_read_frame(ws)


def run_tasks():
    ws = connect()
    library.ckws_set_task_completed(ws, task_completed, None)
    while True:
        task = library.ckws_send_ping_async(ws, b"x")
        library.ckws_task_run(task)
        library.ckws_task_dispose(task)


body = {"abort_check": wait_in_read, "task_completed": run_tasks}[sys.argv[3]]
for _ in range(THREADS):
    threading.Thread(target=body, daemon=True).start()
for _ in range(CALLS):
    assert called.acquire(timeout=60)
