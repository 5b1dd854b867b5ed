#!/usr/bin/env python3
"""What the benchmarks make of the kernel's texts, of a compositor's first words and of their own figures. No lab is needed.

    compare_test.py SOURCE_ROOT
"""
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, os.path.join(ROOT, "benchmarks"))

import compare_latency  # noqa: E402
import compare_measure  # noqa: E402
import compare_sessions  # noqa: E402
import compare_table  # noqa: E402
import kernel_trace  # noqa: E402
import misses  # noqa: E402
import process_figures  # noqa: E402
import tracing  # noqa: E402
import wayland_roundtrip  # noqa: E402

ROLLUP = """55d0c0a00000-7ffd5a5fe000 ---p 00000000 00:00 0                          [rollup]
Rss:              103424 kB
Pss:               75321 kB
Pss_Anon:          40000 kB
"""
TRACE = """# tracer: nop
#
# entries-in-buffer/entries-written: 14/14   #P:1
#
       fenceline-41      [000] .....    12.000050: sys_exit: NR 0 = 8
       fenceline-41      [000] .....    12.000100: sys_enter: NR 16 (5, c03864bc, 7ffe12345678, 0, 0, 0)
 fenceline-trace-42      [000] .....    12.000200: sys_enter: NR 202 (55d0, 80, 0, 7f00, 0, 0)
       fenceline-41      [000] d..2.    12.000210: sched_switch: prev_comm=fenceline prev_pid=41 prev_prio=120 prev_state=R+ ==> next_comm=spin next_pid=50 next_prio=120
            spin-50      [000] d..2.    12.000260: sched_switch: prev_comm=spin prev_pid=50 prev_prio=120 prev_state=S ==> next_comm=fenceline next_pid=41 next_prio=120
       fenceline-41      [000] .....    12.000300: sys_exit: NR 16 = 0
          <idle>-0       [000] d.h..    12.016700: drm_vblank_event_delivered: file=00000000abcdef01, crtc=0, seq=700
       fenceline-41      [000] .....    12.016900: sys_enter: NR 228 (1, 7ffe, 0, 0, 0, 0)
       fenceline-41      [000] .....    12.016910: sys_exit: NR 228 = 0
       fenceline-41      [000] .....    12.017000: sys_enter: NR 999 (1, 7ffe, 0, 0, 0, 0)
       fenceline-41      [000] .....    12.017020: sys_exit: NR 999 = -38
 fenceline-trace-42      [000] .....    12.020200: sys_exit: NR 202 = -110
          <idle>-0       [000] d.h..    12.033367: drm_vblank_event_delivered: file=00000000abcdef01, crtc=0, seq=701
       fenceline-41      [000] .....    12.034000: sys_enter: NR 228 (1, 7ffe, 0, 0, 0, 0)
"""
HEADER = "#ifndef _ASM\n#define __NR_ioctl 16\n#define __NR_futex 202\n#define __NR_clock_gettime 228\n#endif\n"
STATE = """plane[31]: plane-0
\tcrtc=crtc-0
\tfb=42
\t\tallocated by = fenceline
\t\tsize=1024x768
\tcrtc-pos=1024x768+0+0
\tsrc-pos=1024.000000x768.000000+0.000000+0.000000
plane[35]: plane-1
\tcrtc=(null)
\tfb=0
\tcrtc-pos=0x0+0+0
plane[39]: plane-2
\tcrtc=crtc-0
\tfb=45
\tcrtc-pos=480x360-16+204
crtc[37]: crtc-0
\tenable=1
\tactive=1
"""
WHOLE = """one window
                CPU ms a frame  calls a frame   clock reads  frames/s shown      client's     zero-copy       Pss MiB       RSS MiB
  fenceline              0.500           10.0           2.0            60.0          59.0           100          20.0          30.0
  sway                   1.000           10.0           2.0            60.0          59.0           100          20.0          30.0
  fenceline is    0.50 of sway   1.00 of sway  1.00 of sway    1.00 of sway  1.00 of sway  1.00 of sway  1.00 of sway  1.00 of sway
  cage is left out: it makes the client 1024x768
  CPU time of fenceline over that of sway, the best peer: 0.50 (medians 0.500 and 1.000 ms); fenceline's worst run over sway's best: 0.50
  calls of fenceline: 1.0 read (9 µs)
  threads of fenceline: 0.40 ms fenceline, 0.10 ms trace
  calls of sway: 1.0 read (9 µs)
  threads of sway: none
  on planes of fenceline: 1024x768 at 0,0

nothing
        CPU ms a second  calls a second  clock reads  frames/s shown  Pss MiB  RSS MiB
  sway            3.000             4.0            -             0.0        -        -
  calls of sway: none
  threads of sway: none

start, from exec to the answer to a wl_registry roundtrip
                   ms  median  of the best peer's
  fenceline        50      50        0.62 of sway
  sway       70 to 90      80
"""


def run(compositor, cost, scene="window-dmabuf", **more):
    return {"scene": scene, "compositor": compositor, "cpu_ms_a_frame": cost, "calls_a_frame": 10.0, "clock_reads": 2.0, "calls": {"read": 1.0}, "call_us": {"read": 9.0},
            "display_fps": 60.0, "client_fps": 59.0, "zero_copy_percent": 100.0, "pss_mib": 20.0, "rss_mib": 30.0, "start_ms": 50.0} | more


class Kernel(unittest.TestCase):
    def test_memory(self):
        self.assertEqual(process_figures.parse_smaps_rollup(ROLLUP), (103424, 75321))

    def test_threads(self):
        told = "7 (a (b) c) S 1 1 1 0 -1 4194560 100 0 0 0 {} {} 0 0 20 0 3 0 500 0 0 18446744073709551615"
        self.assertEqual(process_figures.parse_stat(told.format(30, 12)), ("a (b) c", 42))
        before = {(7, "program"): 1.0, (8, "helper"): 0.5}
        after = {(7, "program"): 1.5, (8, "helper"): 0.5, (9, "helper"): 0.25}
        self.assertEqual(process_figures.spent_by_name(before, after, 7), {"main": 0.5, "helper": 0.25})
        self.assertEqual(process_figures.spent_by_name({}, {(7, "x"): 1.0, (8, "x"): 2.0}, 7), {"main": 1.0, "x": 2.0})

    def test_cpu_time_is_that_of_the_other_process(self):
        # A process that is busy, and one that is not.
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        idle = subprocess.Popen(["sleep", "100"])
        try:
            while process_figures.cpu_seconds(busy.pid) < 0.2:
                pass
            self.assertLess(process_figures.cpu_seconds(idle.pid), 0.2)
            self.assertEqual(process_figures.threads(busy.pid), [busy.pid])
            (thread, _), = process_figures.cpu_seconds_by_thread(busy.pid)
            self.assertEqual(thread, busy.pid)
        finally:
            for process in (busy, idle):
                process.kill()
                process.wait()

    def test_flips(self):
        self.assertEqual(kernel_trace.parse_flips(TRACE), [12.0167, 12.033367])

    def test_calls_have_names_and_threads(self):
        names = kernel_trace.parse_call_numbers(HEADER)
        # In the order of their beginnings, without what began before or did not return.
        self.assertEqual([(time, name, round(1e6 * took)) for time, name, took in kernel_trace.parse_calls(TRACE, names, 41)],
                         [(12.0001, "ioctl MODE_ATOMIC", 150), (12.0002, "futex in fenceline-trace", 20000), (12.0169, "clock_gettime", 10),
                          (12.017, "call 999", 20)])
        self.assertEqual([name for _, name, _ in kernel_trace.parse_calls(TRACE, names)][1], "futex")

    def test_time_on_a_cpu(self):
        line = "  x-1 [000] d..2. {}: sched_switch: prev_comm=a prev_pid={} prev_prio=1 prev_state=S ==> next_comm=b c next_pid={} next_prio=1\n"
        turns = ((1.0, 7, 5), (1.25, 5, 7), (2.0, 7, 5), (2.5, 5, 0), (3.0, 0, 7), (4.0, 0, 5))
        trace = "".join(line.format(*turn) for turn in turns)
        self.assertAlmostEqual(kernel_trace.parse_on_cpu(trace, 5, 0.0, 4.5), 0.25 + 0.5 + 0.5)
        self.assertAlmostEqual(kernel_trace.parse_on_cpu(trace, 5, 1.125, 2.25), 0.125 + 0.25)
        self.assertAlmostEqual(kernel_trace.parse_on_cpu(trace, 7, 0.5, 3.5), 0.5 + 0.75 + 0.5)
        self.assertEqual(kernel_trace.parse_on_cpu(trace, 9, 0.0, 5.0), 0)

    def test_wakes(self):
        trace = ("  a-1 [000] dnh3.     1.500000: sched_wakeup: comm=f pid=5 prio=98 target_cpu=000\n"
                 "  a-1 [000] d..2.     1.750000: sched_switch: prev_comm=a prev_pid=1 prev_prio=1 prev_state=R+ ==> next_comm=f next_pid=5 next_prio=98\n"
                 "  f-5 [000] d..2.     1.800000: sched_switch: prev_comm=f prev_pid=5 prev_prio=98 prev_state=R ==> next_comm=g next_pid=55 next_prio=1\n"
                 "  f-5 [000] d..2.     1.900000: sched_switch: prev_comm=g prev_pid=55 prev_prio=1 prev_state=S ==> next_comm=f next_pid=5 next_prio=98\n")
        self.assertEqual(kernel_trace.parse_wakes(trace, 5), [(1.5, 1.75), (None, 1.9)])

    def test_requests(self):
        for request, name in ((0xC03864BC, "MODE_ATOMIC"), (0x40086200, "DMA_BUF_SYNC"), (0xC0486BFF, "'k' 0xff"), (0x01, "0x1")):
            self.assertEqual(kernel_trace.request_name(request), name)

    def test_only_whole_frames_count(self):
        calls = [(0.9, "read", 0.1), (1.1, "read", 0.01), (1.2, "poll", 0.5), (1.9, "read", 0.03), (2.5, "read", 0.02), (3.1, "read", 0.1)]
        self.assertEqual(kernel_trace.calls_a_frame(calls, [1.0, 2.0, 3.0]), ({"read": 1.5, "poll": 0.5}, 2))
        self.assertEqual(kernel_trace.calls_a_frame(calls, [1.0]), ({}, 0))
        self.assertEqual(kernel_trace.one_frame(calls, [1.0, 2.0, 3.0]),
                         [(100000, "read", 10000), (200000, "poll", 500000), (900000, "read", 30000)])
        self.assertEqual(kernel_trace.one_frame(calls, [1.0]), [])
        self.assertEqual(kernel_trace.usual_us(calls[1:5]), {"read": 20000, "poll": 500000})

    def test_a_ring_that_was_too_small(self):
        self.assertFalse(kernel_trace.lost(TRACE))
        self.assertTrue(kernel_trace.lost(TRACE.replace("14/14", "14/19")))

    def test_planes(self):
        self.assertEqual(kernel_trace.parse_planes(STATE), ["1024x768 at 0,0", "480x360 at -16,204"])


class Roundtrip(unittest.TestCase):
    def serve(self, answer):
        """A compositor that answers the two requests so; its folder."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = temporary.name
        with open(os.path.join(folder, "wayland-7.lock"), "w", encoding="ascii"):
            pass
        server = socket.socket(socket.AF_UNIX)
        server.bind(os.path.join(folder, "wayland-7"))
        server.listen()

        def talk():
            connection, _ = server.accept()
            with connection:
                asked = b""
                while len(asked) < 24:
                    asked += connection.recv(100)
                messages, rest = wayland_roundtrip.parse_messages(asked)
                self.asked = [(target, opcode, struct.unpack("=I", body)[0]) for target, opcode, body in messages], rest
                for part in answer:  # As a stream brings it: in pieces.
                    connection.sendall(part)

        thread = threading.Thread(target=talk)
        thread.start()
        self.addCleanup(server.close)
        self.addCleanup(thread.join)
        return folder

    @staticmethod
    def message(target, opcode, body):
        return struct.pack("=II", target, (8 + len(body)) << 16 | opcode) + body

    def test_globals(self):
        text = b"wl_shm\0\0"
        answer = self.message(2, 0, struct.pack("=II", 1, 7) + text + struct.pack("=I", 2)) + self.message(3, 0, struct.pack("=I", 9))
        folder = self.serve([answer[:11], answer[11:]])
        path, offered = wayland_roundtrip.wait_until_answered(folder, lambda: True, 10)
        self.assertEqual((os.path.basename(path), offered), ("wayland-7", {"wl_shm": 2}))
        self.assertEqual(self.asked, ([(1, 1, 2), (1, 0, 3)], b""))

    def test_an_error_is_no_answer(self):
        folder = self.serve([self.message(1, 0, struct.pack("=III", 1, 0, 0))])
        ends = iter([True, False])
        self.assertIsNone(wayland_roundtrip.wait_until_answered(folder, lambda: next(ends), 10))

    def test_a_compositor_that_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(wayland_roundtrip.wait_until_answered(folder, lambda: False, 10))


class Sessions(unittest.TestCase):
    def test_others(self):
        peer = compare_sessions.parse_other("fenceline-small={build}/compositor/fenceline --device {node}")
        self.assertTrue(peer.ours)
        self.assertEqual(peer.missing("/nowhere"), "/nowhere/compositor/fenceline is not installed")
        peer = compare_sessions.parse_other("mine=A=1 B='x y' sh -c 'exec a=b'")
        self.assertEqual((peer.name, peer.command, peer.environment, peer.ours), ("mine", ("sh", "-c", "exec a=b"), {"A": "1", "B": "x y"}, False))
        self.assertEqual(peer.missing("/nowhere"), "")
        for text in ("sway", "=sway", "name="):
            with self.assertRaises(ValueError):
                compare_sessions.parse_other(text)

    def test_a_peer_that_is_missing_says_so(self):
        with tempfile.TemporaryDirectory() as tree:
            sway = compare_sessions.known_peers(tree)[0]
            self.assertEqual(sway.missing("/nowhere"), f"sway is not installed in {tree}")

    def test_what_the_braces_stand_for(self):
        places = {"node": "/dev/dri/card7", "card": "card7", "folder": "/run/x", "build": "/b", "user": "5:6"}
        peers = {peer.name: peer for peer in compare_sessions.known_peers("/tree")}
        command, environment = compare_sessions.filled(peers["sway-gl"], places)
        self.assertEqual(command[1:], ["--userspec=5:6", "/tree", "sway", "--config", "/run/x/sway.config"])
        self.assertEqual((environment["WLR_DRM_DEVICES"], environment["WLR_RENDERER"]), ("/dev/dri/card7", "gles2"))
        command, _ = compare_sessions.filled(compare_sessions.ourselves()[0], places)
        self.assertEqual(command[:5], ["/b/compositor/fenceline", "--backend", "kms", "--device", "/dev/dri/card7"])

    def test_sways_windows(self):
        tree = {"id": 1, "nodes": [{"id": 3, "nodes": [{"id": 9, "app_id": "a"}], "floating_nodes": [{"id": 5, "app_id": "b"}]}]}
        self.assertEqual(compare_sessions.sway_windows(tree), [5, 9])

    def test_what_a_client_says(self):
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as log:
            log.write("spin: copies its pictures into shared memory: the compositor takes no dma-bufs\nframe 0 presented 9.1 ms after its commit\n"
                      "frame 1 discarded\nframe 2 presented 8.0 ms after its commit, vsync\n")
            log.flush()
            self.assertEqual(compare_measure.frames_told(log.name), 2)
            self.assertEqual(compare_measure.last_note(log.name), "the compositor takes no dma-bufs")

    def test_a_scene_that_is_not_kept_to(self):
        class Clients:
            processes = [(None, os.devnull)]

        told = {"width": 1024, "height": 768, "transport": "dmabuf"}
        compare_measure.check([told], Clients, "fullscreen-dmabuf")
        for scene, words in (("window-dmabuf", "makes the client 1024x768"), ("fullscreen-shm", "no dma-bufs")):
            with self.assertRaisesRegex(compare_measure.LeftOut, words):
                compare_measure.check([told], Clients, scene)


class Table(unittest.TestCase):
    def test_best_comes_first(self):
        self.assertEqual(compare_table.spread([2.0, 1.0, 3.0], "cpu_ms_a_frame", 1), "1.0 to 3.0")
        self.assertEqual(compare_table.spread([59.0, 60.0], "display_fps", 0), "60 to 59")
        self.assertEqual(compare_table.spread([1.01, 1.02], "cpu_ms_a_frame", 1), "1.0")
        self.assertEqual(compare_table.spread([None], "cpu_ms_a_frame", 1), "-")

    def test_the_best_peer_is_the_one_with_the_lowest_median(self):
        runs = [run("fenceline", cost) for cost in (0.4, 0.5, 0.6)]
        # The second has the best run of all, but not the best median.
        runs += [run("first", cost) for cost in (1.0, 1.0, 1.1)] + [run("second", cost) for cost in (0.9, 1.2, 1.3)]
        told, = compare_table.cpu_against_best(runs, "window-dmabuf", ["fenceline"], "cpu_ms_a_frame")
        self.assertIn("over that of first, the best peer: 0.50", told)
        self.assertIn("first's best: 0.60", told)
        self.assertEqual(compare_table.cpu_against_best(runs[:3], "window-dmabuf", ["fenceline"], "cpu_ms_a_frame"), [])
        self.assertEqual(compare_table.against_best(runs, "window-dmabuf", "fenceline", ["fenceline"], "cpu_ms_a_frame"), "0.50 of first")

    def test_the_best_has_more_frames(self):
        runs = [run("fenceline", 1.0, display_fps=60.0), run("slow", 1.0, display_fps=20.0), run("fast", 1.0, display_fps=40.0)]
        self.assertEqual(compare_table.against_best(runs, "window-dmabuf", "fenceline", ["fenceline"], "display_fps"), "1.50 of fast")

    def test_most_frequent_calls(self):
        runs = [run("sway", 1.0, calls={"read": 2.0, "poll": 1.0, "mmap": 0.04}), run("sway", 1.0, calls={"poll": 3.0})]
        self.assertEqual(compare_table.top(runs, "window-dmabuf", "sway", "calls", 9, 0.05), [("poll", 2.0), ("read", 1.0)])
        self.assertEqual(compare_table.top(runs, "window-dmabuf", "sway", "calls", 1, 0.05), [("poll", 2.0)])

    def test_whole(self):
        runs = [run("fenceline", 0.5, planes="1024x768 at 0,0", threads={"fenceline": 0.4, "trace": 0.1}), run("sway", 1.0, start_ms=70.0),
                {"scene": "window-dmabuf", "compositor": "cage", "left_out": "it makes the client 1024x768"},
                {"scene": "idle", "compositor": "sway", "cpu_ms_a_second": 3.0, "calls_a_second": 4.0, "display_fps": 0.0, "start_ms": 90.0}]
        text = compare_table.whole_table(runs, {"window-dmabuf": "one window", "idle": "nothing", "other": "not run"}, ["fenceline"], 5)
        self.assertEqual(text, WHOLE)


class Program(unittest.TestCase):
    def ask(self, *words):
        ran = subprocess.run([sys.executable, os.path.join(ROOT, "benchmarks", "compare"), *words], capture_output=True, text=True)
        return ran.returncode, ran.stdout + ran.stderr

    def test_help(self):
        status, said = self.ask("--help")
        self.assertEqual(status, 0, said)
        self.assertIn("fullscreen-dmabuf", said)

    def test_a_build_that_is_none(self):
        status, said = self.ask(ROOT)
        self.assertEqual(status, 2)
        self.assertIn("build it first", said)

    def test_names_and_commands_that_are_wrong(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as build:
            for program in ("compositor/fenceline", "demos/spin", "demos/paint"):
                os.makedirs(os.path.dirname(os.path.join(build, program)), exist_ok=True)
                os.symlink("/bin/true", os.path.join(build, program))
            for words, reason in ((["--only", "kwin"], "no compositor kwin"), (["--compositor", "kwin"], "is not NAME=COMMAND"),
                                  (["--runs", "0"], "at least one run"), (["--scene", "none"], "no scene none"),
                                  (["--json", "/tmp/x"], "not to be seen in the lab")):
                status, said = self.ask(build, *words)
                self.assertEqual(status, 2, said)
                self.assertIn(reason, said)


PERIOD = 16_666_667  # ns


class Latency(unittest.TestCase):
    def test_the_blank_that_a_commit_should_have_made_is_the_first_one_after_it(self):
        blank = 100 * PERIOD
        for lead, late in ((1, 0), (1, 1), (PERIOD - 1, 0), (PERIOD - 1, 2), (PERIOD // 2, 1)):
            commit = [blank - lead, blank + late * PERIOD, 0, 1]
            self.assertEqual(compare_latency.leads_and_lateness([commit], PERIOD), [(lead / 1e6, late)])

    def test_a_blank_that_is_told_some_microseconds_beside_the_grid_counts_as_on_it(self):
        blank = 100 * PERIOD
        [(lead, late)] = compare_latency.leads_and_lateness([[blank - 5_000_000, blank + PERIOD + 30_000, 0, 1]], PERIOD)
        self.assertAlmostEqual(lead, 5.03)
        self.assertEqual(late, 1)

    def test_what_was_never_shown_is_neither_early_nor_late(self):
        self.assertEqual(compare_latency.leads_and_lateness([[5, 0, 0, 0]], PERIOD), [])

    def test_the_window_is_the_shortest_lead_from_which_all_longer_ones_make_it(self):
        leads = [step / 20 for step in range(1, 333)]
        self.assertEqual(compare_latency.latch_window([(lead, 0 if lead >= 1.5 else 1) for lead in leads], 16.667), 1.5)
        self.assertEqual(compare_latency.latch_window([(lead, 0) for lead in leads], 16.667), 0)
        # Short leads that make it, where longer ones do not, are luck.
        self.assertEqual(compare_latency.latch_window([(lead, 0 if lead < 1 or lead >= 8 else 1) for lead in leads], 16.667), 8)
        self.assertIsNone(compare_latency.latch_window([(lead, 1) for lead in leads], 16.667))

    def test_one_commit_in_six_may_miss_and_one_in_three_may_not(self):
        one_in = lambda number: [(step / 100, int(step % number == 0)) for step in range(0, 1666)]  # noqa: E731
        self.assertEqual(compare_latency.latch_window(one_in(6), 16.667), 0)
        self.assertIsNone(compare_latency.latch_window(one_in(3), 16.667))

    def test_latencies_are_those_of_the_commits_at_any_phase(self):
        blank = 100 * PERIOD
        even = [[blank - lead * 1_000_000, blank, 0, 1] for lead in range(1, 11)]
        close = [[blank - 100_000, blank + PERIOD, 1, 0]] * 10
        told = compare_latency.figures({"refresh_ns": PERIOD, "commits": even + close + [[blank, 0, 1, 0]]})
        self.assertEqual((told["p50_ms"], told["p99_ms"], told["frames_late"], told["not_shown"]), (5, 10, 0, 1))
        self.assertAlmostEqual(told["zero_copy_percent"], 100 * 10 / 21)

    def test_nothing_that_was_shown_is_a_reason_to_leave_it_out(self):
        with self.assertRaisesRegex(compare_measure.LeftOut, "none of the probe's pictures"):
            compare_latency.figures({"refresh_ns": PERIOD, "commits": [[5, 0, 0, 0]]})

    def test_the_table_takes_the_commits_of_all_runs_together(self):
        blank = 100 * PERIOD
        run = lambda lead, name, learned: {  # noqa: E731
            "scene": "window-shm", "compositor": name, "latch_window_ms": lead, "learned_lead_ms": learned,
            "told": {"refresh_ns": PERIOD, "commits": [[blank - lead * 1_000_000, blank, 0, 1]]}}
        table = compare_latency.whole_table([run(4, "fenceline", 2.5), run(8, "fenceline", 3.5), run(5, "sway-gl", None),
                                             {"scene": "window-shm", "compositor": "weston-gl", "left_out": "it is not there"}])
        self.assertRegex(table, r"fenceline +4.00 +0.00 +4.0 +8.0 +8.0 +0 +100 +3.00 +\+1.00 +4.00 8.00\n")
        self.assertRegex(table, r"sway-gl +5.00 .* +- +- +5.00\n")
        self.assertIn("weston-gl is left out: it is not there", table)

    def test_the_learned_lead_is_that_of_the_output_that_showed_most(self):
        outputs = [{"flips": 3, "latch_lead_ms": 4.0}, {"flips": 200, "latch_lead_ms": 1.25}, {"flips": 900, "latch_lead_ms": 0}]
        self.assertEqual(compare_latency.lead_told({"outputs": outputs}), 1.25)
        self.assertIsNone(compare_latency.lead_told({"outputs": outputs[2:]}))


class Misses(unittest.TestCase):
    MISS = {"frame": 7, "blanks": 1, "cause": "woken late", "aimed_ns": 10_000_000_000,
            "from_blank_ms": {"planned": -2.0, "latch": 0.5, "submit": 0.75, "flip": 16.667}}

    def test_what_is_the_compositors_is_told_from_what_is_not(self):
        report = {"seconds": 300.4, "warnings": ["3 records were dropped"],
                  "outputs": [{"flips": 17_900, "missed_by_cause": {"woken late": 20, "kernel late": 50},
                               "misses": [self.MISS, self.MISS | {"frame": 8, "cause": "kernel late"}]},
                              {"flips": 100, "missed_by_cause": {"composed late": 6, "submitted late": 1, "fence late": 9}, "misses": []}],
                  "clients": [{"lost_blanks_by_cause": {}}, {"lost_blanks_by_cause": {"client late": 4, "woken late": 2}}]}
        told = "\n".join(misses.lines("two windows", report, []))
        self.assertIn("two windows: 18000 frames in 300 s", told)
        self.assertIn("missed: 50 kernel late, 20 woken late, 9 fence late, 6 composed late, 1 submitted late", told)
        self.assertIn("by the compositor: 27, 0.15% (wanted: under 0.5%)", told)
        self.assertIn("nothing new at: 4 client late, 2 woken late", told)
        self.assertIn("frame 7, woken late, ms from the blank: planned -2.00, latch +0.50, submit +0.75, flip +16.67", told)
        self.assertNotIn("frame 8", told)
        self.assertIn("warning: 3 records were dropped", told)

    def test_nothing_missed(self):
        report = {"seconds": 1, "warnings": [], "outputs": [{"flips": 60, "missed_by_cause": {}, "misses": []}], "clients": []}
        self.assertIn("by the compositor: 0, 0.00%", "\n".join(misses.lines("one", report, [])))

    def test_the_kernel_says_who_was_late(self):
        # The latch was to be at 9.998 s and began at 10.0005 s.
        late_timer = [(9.9, 9.901), (10.0, 10.0001), (10.1, 10.1)]
        self.assertIn("woken by the kernel 2.00 ms after its time, on a CPU 2.10 ms after it, 0.40 ms until the latch", misses.kernels_word(self.MISS, late_timer))
        self.assertIn("put aside before, on a CPU 2.10 ms after it", misses.kernels_word(self.MISS, [(9.9, 9.901), (None, 10.0001)]))
        busy = [(9.9, 9.901), (9.995, 9.9955)]
        self.assertIn("had its CPU from 2.50 ms before its time on, for something else", misses.kernels_word(self.MISS, busy))
        self.assertEqual(misses.kernels_word(self.MISS, []), "")
        self.assertEqual(misses.kernels_word({"cause": "woken late"}, busy), "")


class Tracing(unittest.TestCase):
    def test_pairs_of_one_time_are_compared(self):
        # The second half of the session was dearer for both.
        measured = {True: [(1.02, 2.0), (2.04, 2.0)], False: [(1.0, 1.0), (2.0, 1.0)]}
        told = "\n".join(tracing.table("fullscreen", measured))
        self.assertIn("in memory: median 1.500 (1.000 to 2.000); 1.00%", told)
        self.assertIn("to a file: median 1.530 (1.020 to 2.040); 2.00%", told)
        self.assertIn("median of 2 pairs: 1.020 (1.020 to 1.020)", told)
        self.assertIn("over none, by its thread: 1.020", told)


if __name__ == "__main__":
    unittest.main()
