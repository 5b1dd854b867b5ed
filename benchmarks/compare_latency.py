"""How late a commit may be sent and still be in the next blank: benchmarks/compare --latency.

`latency_probe` commits one picture at a time, at every phase of the blank, and tells when each was sent and shown. A commit is a
pair of those times. The blank that it should have made is the first one after it was sent; blanks lie a refresh period apart, and those
that the probe's own pictures were shown at say where.

Of this project's sessions the trace is asked for afterwards, which tells how long before the blank they had learned to take their pictures: what a
frame costs there, with the reserve. What the latch window is longer than that, the session wastes.
"""
import json
import os
import pwd
import statistics
import subprocess
import time

import compare_sessions
from compare_measure import PATIENCE, Clients, LeftOut, Session, last_note, tail
from compare_sessions import SCREEN, WINDOW
from compare_table import aligned, ordered_names, runs_of

SIZE = ["--size", f"{WINDOW[0]}x{WINDOW[1]}"]
# The probe's options, the client that animates beside it, and what a person calls it.
SCENES = {
    "fullscreen-dmabuf": (["--fullscreen"], None, "a fullscreen client, dma-bufs, nothing else"),
    "window-dmabuf": (SIZE, None, "a window of 480x360, dma-bufs, nothing else"),
    "window-dmabuf-busy": (SIZE, ["spin", *SIZE], "a window of 480x360, dma-bufs, another one animates with dma-bufs"),
    "fullscreen-shm": (["--shm", "--fullscreen"], None, "a fullscreen client, wl_shm, nothing else"),
    "window-shm": (["--shm", *SIZE], None, "a window of 480x360, wl_shm, nothing else"),
    "window-shm-busy": (["--shm", *SIZE], ["spin", "--shm", *SIZE], "a window of 480x360, wl_shm, another one animates with wl_shm"),
}
NARROW, WIDE = 0.25, 1.0  # ms: how far commits are taken together by their lead, near the blank and before
NEAR = 4.0  # ms before the blank
ENOUGH = 0.8  # of the commits with a lead, that make the blank
SLACK = 0.2  # of a period: how far a picture may be shown from where the blanks before say

COLUMNS = (("latch window, ms", "latch_window_ms", 2), ("frames late, mean", "frames_late", 2), ("latency p50, ms", "p50_ms", 1), ("p95", "p95_ms", 1),
           ("p99", "p99_ms", 1), ("not shown", "not_shown", 0), ("zero-copy %", "zero_copy_percent", 0))


def blank_after(sent, shown, refresh):
    """The first blank after `sent`: of the grid that `shown`, a picture's own blank, is on. The same units for all.

    `shown` is at or after it, by whole periods."""
    return shown - int((shown - sent) // refresh) * refresh


def leads_and_lateness(commits, refresh_ns):
    """(lead in ms to the first blank after it, whole frames later than that) of each commit that was shown."""
    pairs = []
    for sent, shown, *_ in commits:
        if shown:
            ideal = blank_after(sent, shown, refresh_ns)
            pairs.append(((ideal - sent) / 1e6, round((shown - ideal) / refresh_ns)))
    return pairs


def latch_window(pairs, refresh_ms):
    """The shortest lead from which, like from every longer one, ENOUGH of the commits were in the next blank, in ms; None: none is.

    Commits are taken together where their leads lie within NARROW of each other near the blank, within WIDE before; what is told is the
    shortest lead of the last group for which it holds."""
    groups, edge = [], 0.0
    while edge < refresh_ms:
        upper = edge + (NARROW if edge < NEAR else WIDE)
        groups.append((edge, [late for lead, late in pairs if edge <= lead < upper]))
        edge = upper
    window = None
    for lower, group in reversed(groups):
        if group and sum(late == 0 for late in group) < ENOUGH * len(group):
            break
        if group:
            window = lower
    return window


def nearest_rank(values, percent):
    values = sorted(values)
    return values[max(0, -(-len(values) * percent // 100) - 1)]


def figures(told):
    """What a person wants to know of what the probe has told. The latency is of the commits that come at any phase alike."""
    refresh, commits = told["refresh_ns"], told["commits"]
    even = [commit for commit in commits if not commit[2]]
    latencies = [(shown - sent) / 1e6 for sent, shown, *_ in even if shown]
    pairs = leads_and_lateness(commits, refresh)
    if not latencies:
        raise LeftOut("none of the probe's pictures was shown")
    return {"latch_window_ms": latch_window(pairs, refresh / 1e6), "frames_late": statistics.mean(late for _, late in leads_and_lateness(even, refresh)),
            "p50_ms": nearest_rank(latencies, 50), "p95_ms": nearest_rank(latencies, 95), "p99_ms": nearest_rank(latencies, 99),
            "not_shown": sum(not shown for _, shown, *_ in commits),
            "zero_copy_percent": 100 * sum(copyless for *_, copyless in commits) / len(commits)}


def lead_told(report):
    """The learned lead in ms of the output that showed the most, from fenceline-report's JSON; None where it tells none."""
    leads = [(output["flips"], output["latch_lead_ms"]) for output in report["outputs"] if output["latch_lead_ms"] > 0]
    return max(leads)[1] if leads else None


def own_report(session, lab):
    """What fenceline-report says of a session of ours, by its own trace of the last minute."""
    trace = os.path.join(session.folder, "latency.pftrace")
    user = pwd.getpwnam("nobody")
    # It answers to its own user alone.
    asked = subprocess.run([os.path.join(lab.build, "tools/fenceline-msg"), "--socket", os.path.basename(session.socket), "trace", "save", trace],
                           capture_output=True, text=True, env=os.environ | {"XDG_RUNTIME_DIR": session.folder}, user=user.pw_uid,
                           group=user.pw_gid, extra_groups=[])
    if asked.returncode != 0:
        raise LeftOut(f"its trace cannot be had: {asked.stderr.strip()}")
    told = subprocess.run([os.path.join(lab.build, "tools/fenceline-report"), "--json", trace], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def of_the_session(report):
    """What goes into the JSON of it: how long before the blank it takes its pictures, in ms, and the frames that missed, with their stations."""
    if report is None:
        return {"learned_lead_ms": None}
    return {"learned_lead_ms": lead_told(report), "missed_by_cause": [output["missed_by_cause"] for output in report["outputs"]],
            "misses": [miss for output in report["outputs"] for miss in output["misses"]]}


def put_beside(session, probe):
    """Where a compositor puts the probe over the other window, that one is not asked for frames any more."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and probe.poll() is None:
        try:
            return compare_sessions.put_beside_each_other(session.folder, 2)
        except ValueError:
            time.sleep(0.05)  # The probe's window is not there yet.
    return None


def run_probe(session, lab, options, commits, seed, beside):
    command = [os.path.join(lab.build, "benchmarks/latency_probe"), "--commits", str(commits), "--seed", str(seed), *options]
    log = os.path.join(session.folder, "probe.log")
    with open(log, "wb") as errors:
        probe = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True,
                                 env=os.environ | {"WAYLAND_DISPLAY": session.socket, "XDG_RUNTIME_DIR": session.folder})
    try:
        if beside:
            put_beside(session, probe)
        out, _ = probe.communicate(timeout=PATIENCE + commits * 0.2)
    except subprocess.TimeoutExpired:
        probe.kill()
        probe.communicate()
        raise LeftOut("the probe is not shown") from None
    if probe.returncode != 0:
        raise LeftOut(f"the probe ends: {tail(log, 2)}")
    told = json.loads(out)
    size = (told["width"], told["height"])
    if size != (SCREEN if "--fullscreen" in options else WINDOW):
        raise LeftOut(f"it makes the probe {size[0]}x{size[1]}")
    return told


def measure(peer, scene, lab, commits, seed):
    """The figures of one run; LeftOut where it cannot be."""
    options, animated, _ = SCENES[scene]
    session = Session(peer, lab, windowed="--fullscreen" not in options)
    clients = Clients()
    try:
        if animated:
            clients.start(session, animated, lab)
        told = run_probe(session, lab, options, commits, seed, animated is not None)
        report = own_report(session, lab) if peer.ours else None
        if animated:
            beside = clients.stop()[0]
            wanted = "shm" if "--shm" in animated else "dmabuf"
            if beside.get("transport", "shm") != wanted:
                raise LeftOut(f"no dma-bufs: {last_note(clients.processes[0][1])}")
            told["beside_fps"] = beside["frames_per_second"]
    except LeftOut as reason:
        if session.process.poll() is None:
            raise
        raise LeftOut(f"it ends under the clients: {tail(session.log)}") from reason
    finally:
        clients.kill()
        session.end()
    return figures(told) | {"told": told} | of_the_session(report)


def joined(runs):
    """One table row's figures of all runs of a compositor in a scene: their commits taken together."""
    told = [run["told"] for run in runs]
    together = figures({"refresh_ns": told[0]["refresh_ns"], "commits": [commit for each in told for commit in each["commits"]]})
    leads = [run["learned_lead_ms"] for run in runs if run.get("learned_lead_ms") is not None]
    together["learned_lead_ms"] = statistics.median(leads) if leads else None
    return together


def over_lead(together):
    """Of joined(): how much longer than what was learned a client has to be before the blank; "-" where either is not known."""
    window, lead = together["latch_window_ms"], together["learned_lead_ms"]
    return "-" if window is None or lead is None else f"{window - lead:+.2f}"


def cell(value, decimals):
    return "none" if value is None else f"{value:.{decimals}f}"


def scene_table(runs, scene):
    lines = [SCENES[scene][2]]
    rows = [["", *(heading for heading, *_ in COLUMNS), "learned lead, ms", "window over it", "windows of the runs"]]
    for name in ordered_names(runs):
        chosen = runs_of(runs, scene, name)
        if chosen:
            together = joined(chosen)
            apart = " ".join(cell(run["latch_window_ms"], 2) for run in chosen)
            lead = together["learned_lead_ms"]
            rows.append([name, *(cell(together[key], decimals) for _, key, decimals in COLUMNS), "-" if lead is None else f"{lead:.2f}",
                         over_lead(together), apart])
    if len(rows) > 1:
        lines += ["  " + line for line in aligned(rows)]
    for run in {run["compositor"]: run for run in runs if run["scene"] == scene and run.get("left_out")}.values():
        lines.append(f"  {run['compositor']} is left out: {run['left_out']}")
    return lines


def whole_table(runs):
    return "\n\n".join("\n".join(scene_table(runs, scene)) for scene in SCENES if any(run["scene"] == scene for run in runs)) + "\n"


def told_in_short(run):
    if run.get("left_out"):
        return f"left out: {run['left_out']}"
    lead = run.get("learned_lead_ms")
    learned = f" (learned lead {lead:.2f} ms)" if lead is not None else ""
    return (f"latch window {cell(run['latch_window_ms'], 2)} ms{learned}, {run['frames_late']:.2f} frames late, median {run['p50_ms']:.1f} ms, "
            f"p99 {run['p99_ms']:.1f} ms")
