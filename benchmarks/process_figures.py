"""What the kernel tells of another process: CPU time, memory, threads."""
import os
import time


def cpu_seconds(pid):
    """CPU time of all its threads, those that have ended included, by the kernel's clock of it.

    MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of linux/posix-timers.h: finer than the ticks of /proc/PID/stat.
    """
    return time.clock_gettime((~pid << 3) | 2)


def parse_smaps_rollup(text):
    """Rss and Pss in KiB."""
    found = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            found[name] = int(rest.split()[0])
    return found["Rss"], found["Pss"]


def memory_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return parse_smaps_rollup(file.read())


def threads(pid):
    return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
