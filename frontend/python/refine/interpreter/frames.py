import _thread
import os


def begin(read=os.read, write=os.write, lock=_thread.RLock()):
    """What a script is handed, and the function that answers.

    The first line is the mark that answers carry. Nothing but that function holds it, so that neither what a module prints nor
    what it leaves behind is taken for an answer. The descriptor is another one each time, above those that modules close.
    """
    text = b""
    while True:
        more = read(0, 65536)
        if not more:
            break
        text += more
    mark, text = text[:32], text[33:]
    try:
        out = os.dup2(1, 256 + int(mark[:4], 16) % 700, inheritable=False)
    except OSError:
        out = os.dup(1)

    def give(data):
        data = mark + len(data).to_bytes(4, "little") + data
        with lock:
            while data:
                data = data[write(out, data):]

    return text, give
