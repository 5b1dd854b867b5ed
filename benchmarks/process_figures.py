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


def parse_stat(text):
    """(name, CPU time in ticks) of a thread, from its /proc/PID/task/TID/stat."""
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return name, int(fields[11]) + int(fields[12])


def cpu_seconds_by_thread(pid):
    """CPU time of each thread that there is, by (id, name), to a tick (10 ms)."""
    found = {}
    for thread in threads(pid):
        try:
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="ascii", errors="replace") as file:
                name, ticks = parse_stat(file.read())
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended.
        found[thread, name] = ticks / os.sysconf("SC_CLK_TCK")
    return found


def spent_by_name(before, after, pid):
    """What threads spent between two answers of cpu_seconds_by_thread: the process's first is "main", others of one name go together."""
    spent = {}
    for (thread, name), seconds in after.items():
        shown = "main" if thread == pid else name
        spent[shown] = spent.get(shown, 0) + seconds - before.get((thread, name), 0)
    return spent
