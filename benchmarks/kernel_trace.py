"""What the kernel's tracepoints tell of a session: the flips of the display, and the system calls of a process."""
import collections
import os
import re
import statistics

TRACING = "/sys/kernel/tracing"
NUMBERS = ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h")

# By the letter and the number in the request: drm/drm.h, drm/drm_mode.h, linux/dma-buf.h, linux/sync_file.h, linux/udmabuf.h.
REQUESTS = {
    "d": {0x00: "VERSION", 0x09: "GEM_CLOSE", 0x0C: "GET_CAP", 0x2D: "PRIME_HANDLE_TO_FD", 0x2E: "PRIME_FD_TO_HANDLE", 0x3A: "WAIT_VBLANK",
          0x3B: "CRTC_GET_SEQUENCE", 0x3C: "CRTC_QUEUE_SEQUENCE", 0xA0: "MODE_GETRESOURCES", 0xA2: "MODE_SETCRTC", 0xA3: "MODE_CURSOR",
          0xA7: "MODE_GETCONNECTOR", 0xAA: "MODE_GETPROPERTY", 0xAC: "MODE_GETPROPBLOB", 0xAD: "MODE_GETFB", 0xAF: "MODE_RMFB",
          0xB0: "MODE_PAGE_FLIP", 0xB1: "MODE_DIRTYFB", 0xB2: "MODE_CREATE_DUMB", 0xB3: "MODE_MAP_DUMB", 0xB4: "MODE_DESTROY_DUMB",
          0xB8: "MODE_ADDFB2", 0xB9: "MODE_OBJ_GETPROPERTIES", 0xBB: "MODE_CURSOR2", 0xBC: "MODE_ATOMIC", 0xBD: "MODE_CREATEPROPBLOB",
          0xBE: "MODE_DESTROYPROPBLOB", 0xBF: "SYNCOBJ_CREATE", 0xC0: "SYNCOBJ_DESTROY", 0xC1: "SYNCOBJ_HANDLE_TO_FD",
          0xC2: "SYNCOBJ_FD_TO_HANDLE", 0xC3: "SYNCOBJ_WAIT", 0xC4: "SYNCOBJ_RESET", 0xC5: "SYNCOBJ_SIGNAL", 0xCA: "SYNCOBJ_TIMELINE_WAIT",
          0xCB: "SYNCOBJ_QUERY", 0xCC: "SYNCOBJ_TRANSFER", 0xCD: "SYNCOBJ_TIMELINE_SIGNAL", 0xCE: "MODE_GETFB2", 0xCF: "SYNCOBJ_EVENTFD",
          0xD0: "MODE_CLOSEFB"},
    "b": {0x00: "DMA_BUF_SYNC", 0x01: "DMA_BUF_SET_NAME", 0x02: "DMA_BUF_EXPORT_SYNC_FILE", 0x03: "DMA_BUF_IMPORT_SYNC_FILE"},
    ">": {0x03: "SYNC_MERGE", 0x04: "SYNC_FILE_INFO", 0x05: "SYNC_SET_DEADLINE"},
    "u": {0x42: "UDMABUF_CREATE", 0x43: "UDMABUF_CREATE_LIST"},
}


def parse_call_numbers(header):
    """Names by number, from asm/unistd_64.h."""
    return {int(number): name for name, number in re.findall(r"#define\s+__NR_(\w+)\s+(\d+)", header)}


def call_names():
    """Empty where the kernel's headers are not installed: the calls go by their numbers then."""
    for path in NUMBERS:
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                return parse_call_numbers(file.read())
    return {}


def request_name(request):
    letter, number = chr(request >> 8 & 0xFF), request & 0xFF
    name = REQUESTS.get(letter, {}).get(number)
    return name or (f"'{letter}' 0x{number:02x}" if letter.isprintable() else f"0x{request:x}")


def call_name(number, arguments, names):
    """What a call goes by in a count: its name, for an ioctl with its request."""
    name = names.get(number, f"call {number}")
    return f"ioctl {request_name(arguments[1])}" if number == 16 else name


def parse_flips(trace):
    """Times (s) of the flips that programs were told of."""
    return [float(time) for time in re.findall(r" (\d+\.\d+): drm_vblank_event_delivered: ", trace)]


class OpenCall:
    """A system call that has not returned yet, and when its thread was off the CPU meanwhile."""

    def __init__(self, began, name):
        self.began, self.name = began, name
        self.off_since, self.off = None, 0.0

    def leaves(self, time):
        self.off_since = time

    def comes_back(self, time):
        if self.off_since is not None:
            self.off += time - self.off_since
            self.off_since = None

    def ended(self, time):
        self.comes_back(time)
        return self.began, self.name, time - self.began - self.off


def parse_calls(trace, names, process=None):
    """(time in s, name, s of CPU time) of each system call that returned, from sys_enter, sys_exit and sched_switch.

    Those of other threads than the process's first are told apart by their thread's name.
    """
    calls, open_calls = [], {}
    line = re.compile(r"^\s*(.+)-(\d+) .* (\d+\.\d+): (sys_enter|sys_exit|sched_switch): (.*)$", re.M)
    for thread, thread_id, time, event, rest in line.findall(trace):
        thread_id, time = int(thread_id), float(time)
        if event == "sys_enter":
            number, arguments = re.match(r"NR (-?\d+) \(([^)]*)\)", rest).groups()
            name = call_name(int(number), [int(a, 16) for a in arguments.split(",")], names)
            open_calls[thread_id] = OpenCall(time, name if process in (None, thread_id) else f"{name} in {thread}")
        elif event == "sys_exit":
            if thread_id in open_calls:
                calls.append(open_calls.pop(thread_id).ended(time))
        else:
            leaving, coming = map(int, re.search(r"prev_pid=(\d+) .*next_pid=(\d+)", rest).groups())
            if leaving in open_calls:
                open_calls[leaving].leaves(time)
            if coming in open_calls:
                open_calls[coming].comes_back(time)
    return sorted(calls)


def parse_on_cpu(trace, thread, began, ended):
    """How long (s) a thread was on a CPU between two times, from sched_switch. On one before the first of its switches: from `began` on."""
    spent, since = 0.0, None
    turns = [(float(time), int(leaving) == thread) for time, leaving, coming in
             re.findall(r" (\d+\.\d+): sched_switch: .*prev_pid=(\d+) .*next_pid=(\d+)", trace) if thread in (int(leaving), int(coming))]
    if turns and turns[0][1]:
        since = began
    for time, leaves in turns:
        if not leaves:
            since = time
        elif since is not None:
            spent += max(0.0, min(time, ended) - max(since, began))
            since = None
    return spent + (max(0.0, ended - max(since, began)) if since is not None else 0.0)


def parse_wakes(trace, thread):
    """(when the kernel made a thread ready, when it gave it a CPU) in s, from sched_wakeup and sched_switch, in their order.

    The former is None where the thread had been put aside while it ran."""
    turns, woken = [], None
    for time, event, rest in re.findall(r" (\d+\.\d+): (sched_switch|sched_wakeup): (.*)$", trace, re.M):
        if event == "sched_wakeup" and re.search(r" pid=(\d+) ", rest)[1] == str(thread):
            woken = float(time)
        elif event == "sched_switch" and re.search(r" next_pid=(\d+)", rest)[1] == str(thread):
            turns.append((woken, float(time)))
            woken = None
    return turns


def lost(trace):
    """Whether the ring was too small for what was traced."""
    found = re.search(r"entries-in-buffer/entries-written: (\d+)/(\d+)", trace)
    return bool(found) and found[1] != found[2]


def calls_a_frame(calls, flips):
    """Counts by name, over the whole frames between the first and the last flip; and how many frames these are."""
    if len(flips) < 2:
        return {}, 0
    counts = collections.Counter(name for time, name, _ in calls if flips[0] < time <= flips[-1])
    frames = len(flips) - 1
    return {name: count / frames for name, count in counts.most_common()}, frames


def usual_us(calls):
    """The median of the CPU times that calls of one name took, in µs."""
    times = {}
    for _, name, seconds in calls:
        times.setdefault(name, []).append(seconds)
    return {name: 1e6 * statistics.median(found) for name, found in times.items()}


def one_frame(calls, flips):
    """The calls of one frame in the middle, in their order: µs since the flip before it, the name, and µs of CPU time."""
    if len(flips) < 2:
        return []
    middle = len(flips) // 2
    return [(round(1e6 * (time - flips[middle - 1])), name, round(1e6 * seconds)) for time, name, seconds in calls
            if flips[middle - 1] < time <= flips[middle]]


def parse_planes(state):
    """What the planes of a card show, from its state in debugfs: size and place, in the order of the planes."""
    shown = []
    for body in re.findall(r"^plane\[\d+\]: \S+\n((?:\t.*\n)*)", state, re.M):
        place = re.search(r"\tcrtc-pos=(\d+x\d+)([+-]\d+)([+-]\d+)", body)
        if place and re.search(r"^\tfb=[1-9]", body, re.M):
            shown.append(f"{place[1]} at {int(place[2])},{int(place[3])}")
    return shown


class TraceInstance:
    """A ring of its own, on CLOCK_MONOTONIC, without anything traced yet."""

    def __init__(self, name, kib):
        self.folder = f"{TRACING}/instances/{name}"
        if not os.path.isdir(self.folder):
            os.mkdir(self.folder)
        self.put("tracing_on", "0")
        self.put("trace_clock", "mono")
        self.put("buffer_size_kb", str(kib))
        self.put("trace", "")

    def put(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def text(self):
        with open(f"{self.folder}/trace", encoding="ascii", errors="replace") as file:
            return file.read()

    def start(self):
        self.put("trace", "")
        self.put("tracing_on", "1")

    def stop(self):
        self.put("tracing_on", "0")


class FlipTrace(TraceInstance):
    """One event a frame: it may run beside a measurement of CPU time."""

    def __init__(self):
        super().__init__("compare-flips", 256)
        # A commit that asks for no event still has one inside the kernel; those go to no file.
        self.put("events/drm/drm_vblank_event_delivered/filter", "file != 0")
        self.put("events/drm/drm_vblank_event_delivered/enable", "1")

    def times(self):
        return parse_flips(self.text())


class SwitchTrace(TraceInstance):
    """When one thread is made ready, and is on a CPU. `kib`: the ring; a thread that wakes now and then needs no more than this."""

    def __init__(self, thread, kib=1024):
        super().__init__("thread-switches", kib)
        self.thread = thread
        self.put("events/sched/sched_switch/filter", f"prev_pid == {thread} || next_pid == {thread}")
        self.put("events/sched/sched_wakeup/filter", f"pid == {thread}")
        for event in ("sched_switch", "sched_wakeup"):
            self.put(f"events/sched/{event}/enable", "1")

    def whole(self):
        text = self.text()
        if lost(text):
            raise RuntimeError("the ring for switches was too small")
        return text

    def on_cpu(self, began, ended):
        return parse_on_cpu(self.whole(), self.thread, began, ended)

    def wakes(self):
        return parse_wakes(self.whole(), self.thread)

    def end(self):
        """The instance goes, and with it its memory."""
        os.rmdir(self.folder)


class CallTrace(TraceInstance):
    """The system calls of one process and of the threads that it starts meanwhile. Not beside a measurement of CPU time."""

    def __init__(self):
        super().__init__("compare-calls", 4096)
        self.names = call_names()
        self.process = None
        self.put("options/event-fork", "1")

    def enable(self, on):
        for event in ("raw_syscalls", "sched/sched_switch"):
            self.put(f"events/{event}/enable", on)

    def record(self, process, threads):
        self.process = process
        self.put("set_event_pid", " ".join(map(str, threads)))
        self.enable("1")
        self.start()

    def end(self):
        self.stop()
        self.enable("0")
        self.put("set_event_pid", "")
        text = self.text()
        if lost(text):
            raise RuntimeError("the ring for system calls was too small")
        return parse_calls(text, self.names, self.process)
