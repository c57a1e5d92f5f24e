"""The inventory of jobs: complete, consistent, and what arq is given."""

from services.jobs import JobName
from tests.workers.arq_workers import Handed, idle_worker
from workers.registrations import Resources, Schedule
from workers.settings import JOBS

NAMES = [job.name for job in JOBS]


def test_each_job_that_a_service_can_ask_for_is_registered() -> None:
    assert {name.value for name in JobName} <= set(NAMES)


def test_each_job_that_is_not_asked_for_runs_by_itself() -> None:
    asked_for = {name.value for name in JobName}
    assert [job.name for job in JOBS if job.name not in asked_for and job.schedule is None] == []


def test_names_are_used_once() -> None:
    assert sorted(set(NAMES)) == sorted(NAMES)


async def test_arq_knows_each_job_by_its_name_and_each_schedule_of_the_inventory() -> None:
    arq = idle_worker(JOBS)
    scheduled = {f"cron:{job.name}": job.schedule for job in JOBS if job.schedule is not None}
    assert set(arq.functions) == {*NAMES, *scheduled}
    assert {job.name for job in arq.cron_jobs} == set(scheduled)
    for job in arq.cron_jobs:
        schedule = scheduled[job.name]
        assert job.second == schedule.second
        assert job.minute == (None if schedule.minutes is None else set(schedule.minutes))
        assert job.unique


def test_windows_are_closed_each_minute_and_nights_looked_for_wherever_it_is_three() -> None:
    schedules = {job.name: job.schedule for job in JOBS}
    assert schedules["close_due_windows"] == Schedule()
    quarters = schedules["find_nightly_expiries"]
    assert quarters is not None
    assert quarters.minutes == frozenset({0, 15, 30, 45})


def test_a_job_is_told_to_end_when_the_worker_stops_or_its_time_is_over() -> None:
    resources = Resources(enqueue=Handed())
    proceed, over = resources.proceed_for(60), resources.proceed_for(0)
    assert proceed()
    assert not over()
    resources.stopping = True
    assert not proceed()
