# Keeps a session of Python cells: this process is a host (protocol.h), which
# hears orders and tells what became of them.  The past is frozen as the C host
# does it, in a copy of the process.  It is given as `python3 -c`, with the numbers of
# its descriptors as its only argument.
import sys


class Skein:
    import array, ast, errno, io, linecache, os, signal, socket, struct, time, traceback, types, warnings

    ORDER = struct.Struct("=IIQQQIIIIiiQQQQ")
    REPORT = struct.Struct("=IIQiiiiIIQQQQQQQ")
    RUN = 5
    CHECKPOINT, FULL_BUFFER = 1, 8
    FROZEN, AWAKE, DONE, VALUE, PLACES = 5, 6, 8, 16, 19
    LEFTOVER, MEMORY, FILE = 1, 32, 4096
    SIGNAL = 62
    MOST, WORDS = 65536, 4096   # bytes of a value, and of places
    LARGEST = 65536     # bytes behind an order
    CALLS = 32          # of a traceback that are told

    def __init__(self):
        os = self.os
        numbers = [int(n) for n in sys.argv[1].split(",")]
        for fd in numbers:
            os.set_inheritable(fd, False)
        control, self.empty, self.order, self.text = numbers[:4]
        self.pipes = numbers[4:]
        self.control = self.socket.socket(fileno=control)
        self.control.setblocking(True)
        self.warden = os.getppid()
        self.pid = os.getpid()
        self.number = 0
        self.ends = []          # last lines of the statements of the cell that runs
        self.start = self.space()
        self.limits = [None, None]
        self.cells = self.types.ModuleType("__main__")
        self.cells.__dict__["__builtins__"] = __builtins__
        sys.modules["__main__"] = self.cells
        self.out, self.err = sys.stdout, sys.stderr
        tree = os.environ.get("SKEIN_TREE")
        if tree:
            sys.path.insert(0, tree)
        self.signal.signal(self.SIGNAL, self.asked)

    # ---- messages

    def report(self, type, payload=b"", pid=None, status=0, flags=0, count=0, nanoseconds=0):
        head = self.REPORT.pack(type, len(payload), self.number, self.pid if pid is None else pid,
                                status, 0, 0, flags, count, 0, 0, 0, 0, 0, nanoseconds, 0)
        self.control.sendall(head + payload)

    def receive(self, flags=0):
        size = self.ORDER.size
        ints = self.array.array("i")
        while True:
            data, extra, _, _ = self.control.recvmsg(size + self.LARGEST,
                                                     self.socket.CMSG_LEN(16 * ints.itemsize),
                                                     flags | self.socket.MSG_CMSG_CLOEXEC)
            for level, type, bytes_ in extra:
                if (level, type) == (self.socket.SOL_SOCKET, self.socket.SCM_RIGHTS):
                    ints.frombytes(bytes_[:len(bytes_) - len(bytes_) % ints.itemsize])
            if len(data) < size:
                self.os._exit(0)
            return data, list(ints)

    # ---- the past

    def offsets(self):
        os, found = self.os, []
        for name in os.listdir("/proc/self/fd"):
            try:
                found.append((int(name), os.lseek(int(name), 0, os.SEEK_CUR)))
            except OSError:
                pass
        return found

    def fork(self):
        with self.warnings.catch_warnings():
            self.warnings.simplefilter("ignore")
            return self.os.fork()

    # A child of a child, which the warden gets; 0 in it.
    def orphan(self):
        os = self.os
        inward, outward = os.pipe()
        try:
            between = self.fork()
        except OSError:
            os.close(inward)
            os.close(outward)
            raise
        if between == 0:
            try:
                pid = self.fork()
            except OSError as e:
                pid = -(e.errno or self.errno.EAGAIN)
            if pid == 0:
                os.close(inward)
                os.close(outward)
                return 0
            if pid > 0:
                try:
                    os.setpgid(pid, pid)
                except OSError:
                    pass
            os.write(outward, self.struct.pack("=i", pid))
            os._exit(0)
        os.close(outward)
        answer = os.read(inward, 4)
        os.close(inward)
        os.waitpid(between, 0)
        pid = self.struct.unpack("=i", answer)[0] if len(answer) == 4 else -self.errno.EAGAIN
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return pid

    def sleep(self):
        os = self.os
        while os.getppid() != self.warden:
            self.time.sleep(0.0001)
        os.setpgid(0, 0)
        self.pid = os.getpid()
        while True:
            who = self.signal.sigtimedwait({self.SIGNAL}, 10)
            if who and who.si_pid == self.warden:
                return
            if os.getppid() != self.warden:
                os._exit(0)

    # True in the copy, once it is woken: what was ordered then is void.
    def freeze(self):
        os, signal = self.os, self.signal
        self.flush()
        offsets = self.offsets()
        chance = sys.modules.get("random")
        chance = chance and (chance, chance.getstate())     # it is new in each fork
        threads = len(os.listdir("/proc/self/task"))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = self.orphan()
        except OSError as e:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self.report(self.FROZEN, pid=0, status=e.errno or 0, count=threads)
            return False
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self.report(self.FROZEN, pid=pid, count=threads)
            return False
        self.sleep()
        if chance:
            chance[0].setstate(chance[1])
        for fd, at in offsets:
            try:
                os.lseek(fd, at, os.SEEK_SET)
            except OSError:
                pass
        try:
            while True:         # what the dead one did not take
                for fd in self.receive(self.socket.MSG_DONTWAIT)[1]:
                    os.close(fd)
        except BlockingIOError:
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.report(self.AWAKE)
        return True

    # ---- one cell

    def space(self):
        with open("/proc/self/statm") as f:
            return int(f.read().split()[0]) * self.os.sysconf("SC_PAGESIZE")

    def limit(self, memory, file_size):
        import resource
        for i, which, size in ((0, resource.RLIMIT_AS, memory and self.start + memory),
                               (1, resource.RLIMIT_FSIZE, file_size)):
            if self.limits[i] == size or (size == 0 and self.limits[i] is None):
                continue
            self.limits[i] = size
            most = resource.getrlimit(which)[1]
            if size == 0 or (most != resource.RLIM_INFINITY and size > most):
                size = most
            resource.setrlimit(which, (size, most))

    def stream(self, old, fd, buffering, is_full):
        if old is None or old.closed or old.fileno() != fd:
            old = self.io.TextIOWrapper(self.io.BufferedWriter(self.io.FileIO(fd, "w", closefd=False)),
                                        encoding="utf-8", errors="backslashreplace")
        old.reconfigure(line_buffering=not is_full, write_through=buffering == 0)
        return old

    def begin(self, pipe, stdin, flags):
        os = self.os
        if stdin is not False:
            os.dup2(self.empty if stdin is None else stdin, 0)
        os.dup2(self.pipes[2 * pipe], 1)
        os.dup2(self.pipes[2 * pipe + 1], 2)
        sys.stdin = sys.__stdin__ = self.io.TextIOWrapper(
            self.io.BufferedReader(self.io.FileIO(0, "r", closefd=False)), encoding="utf-8",
            errors="surrogateescape")
        self.out = sys.stdout = sys.__stdout__ = self.stream(self.out, 1, 1, flags & self.FULL_BUFFER)
        self.err = sys.stderr = sys.__stderr__ = self.stream(self.err, 2, 0, False)

    def flush(self):
        for stream in (sys.stdout, sys.stderr, self.out, self.err):
            try:
                stream.flush()
            except (AttributeError, OSError, RuntimeError, ValueError):
                pass

    def read(self, fd):
        parts, at = [], 0
        while True:
            part = self.os.pread(fd, 1 << 20, at)
            if not part:
                return b"".join(parts)
            parts.append(part)
            at += len(part)

    # The value of the last expression, unless a ; stands behind it.
    def execute(self, source, path):
        ast, names = self.ast, self.cells.__dict__
        lines = source.splitlines(True)
        self.linecache.cache[path] = (len(source), None, lines, path)
        tree = ast.parse(source, path)
        self.ends = [(s.lineno, s.end_lineno) for s in tree.body]
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            end = tree.body[-1]
            rest = lines[end.end_lineno - 1].encode()[end.end_col_offset:]
            if not rest.lstrip().startswith(b";"):
                last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, path, "exec", dont_inherit=True), names)
        if last is None:
            return None
        value = eval(compile(last, path, "eval", dont_inherit=True), names)
        if value is not None:
            names["_"] = value
            value = repr(value)
        return value

    def places(self, calls, flags=0):
        told = ["%s\t%d\t%s\n" % call for call in calls[:self.CALLS]]
        self.report(self.PLACES, "".join(told).encode()[:self.WORDS], flags=flags)

    # Innermost first; ours are not told.
    def calls(self, walk):
        found = []
        for frame, line in walk:
            code = frame.f_code
            if code.co_filename.startswith("/skein/"):
                name = getattr(code, "co_qualname", code.co_name)
                found.append((code.co_filename, line, "" if name == "<module>" else name))
        return found[::-1]

    def failed(self, e):
        traceback, tb = self.traceback, e.__traceback__
        while tb and tb.tb_frame.f_code.co_filename == Skein.__init__.__code__.co_filename:
            tb = tb.tb_next
        self.flush()
        if sys.excepthook is sys.__excepthook__:
            traceback.print_exception(type(e), e, tb)
        else:
            sys.excepthook(type(e), e, tb)
        self.flush()
        calls = self.calls(traceback.walk_tb(tb))
        if isinstance(e, SyntaxError) and (e.filename or "").startswith("/skein/"):
            calls = [(e.filename, e.lineno or 1, "")]
        flags = self.MEMORY if isinstance(e, MemoryError) else \
            self.FILE if isinstance(e, OSError) and e.errno == self.errno.EFBIG else 0
        self.places(calls, flags)
        self.os._exit(1)

    def left(self, e):
        if e.code is None or e.code == 0:
            return
        self.flush()
        status = e.code
        if not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
        self.flush()
        self.places(self.calls(self.traceback.walk_tb(e.__traceback__)))
        self.os._exit(status & 255)

    # It is to say where it is: the statement of the cell counts.
    def asked(self, signal, frame):
        found = [f for f in self.traceback.walk_stack(frame)]
        calls = self.calls([(f, line) for f, line in found[::-1]])
        if calls:
            path, line, name = calls[-1]
            for first, last in self.ends:
                if first <= line <= last:
                    calls[-1] = (path, first, name)
        self.flush()
        self.places(calls)
        while True:
            self.signal.pause()

    def leave_children(self):
        os = self.os
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return 0
        return self.LEFTOVER

    def finish(self):
        import atexit
        import threading
        threading._shutdown()
        atexit._run_exitfuncs()

    def run(self, data, fds, is_first):
        os = self.os
        fields = self.ORDER.unpack(data[:self.ORDER.size])
        memory, file_size, flags, pipe = fields[3], fields[4], fields[5], fields[7]
        words = data[self.ORDER.size:].split(b"\0")[:-1]
        ncommand = int(words[0])
        name, how = (os.fsdecode(w) for w in words[1 + ncommand:3 + ncommand])
        path = "/skein/%d/%s" % (fields[-1], name)
        sys.argv = [name] + [os.fsdecode(w) for w in words[3 + ncommand:]]
        self.number = fields[2]
        if flags & self.CHECKPOINT and not is_first and self.freeze():
            return
        began = self.time.monotonic_ns()
        self.begin(pipe, False if is_first else fds[1] if len(fds) > 1 else None, flags)
        source = self.read(fds[0])
        for fd in fds:
            os.close(fd)
        self.limit(memory, file_size)
        value = None
        try:
            value = self.execute(source.decode(), path)
            if "alone" in how:
                self.finish()
        except SystemExit as e:
            self.left(e)
        except BaseException as e:
            self.failed(e)
        if os.getpid() != self.pid:     # a child of the cell's
            self.flush()
            os._exit(0)
        if value is not None and "value" in how:
            text = value.encode(errors="backslashreplace")
            if len(text) <= self.MOST:
                self.report(self.VALUE, text)
            else:
                print(value)
        self.flush()
        self.report(self.DONE, flags=self.leave_children(),
                    nanoseconds=self.time.monotonic_ns() - began)

    def serve(self):
        data = self.read(self.order)
        self.os.close(self.order)
        self.run(data, [self.text], True)
        while True:
            self.run(*self.receive(), False)


Skein().serve()
