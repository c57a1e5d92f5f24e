"""The inventory: every job that a worker knows, and when those run that run by themselves."""

from services.jobs import JobName
from workers.broadcasts import (
    close_sent_broadcasts,
    find_waiting_broadcasts,
    run_waiting_broadcast,
)
from workers.bulk_changes import find_waiting_bulk_changes, run_waiting_bulk_change
from workers.conversions import convert_properties
from workers.duplicates import compare_workspace, find_due_comparisons
from workers.erasing import purge_deleted
from workers.expiry import expire_workspace, find_abandoned_expiries, find_nightly_expiries
from workers.exports import find_waiting_exports, purge_ended_files, run_waiting_export
from workers.imports import find_waiting_imports, run_waiting_import
from workers.monitoring import recount_customers
from workers.registrations import RegisteredJob, Schedule
from workers.segments import keep_segments
from workers.webhooks import purge_ended_deliveries
from workers.windows import close_due_windows

JOBS: tuple[RegisteredJob, ...] = (
    RegisteredJob(
        name="close_due_windows",
        function=close_due_windows,
        timeout_seconds=90,
        schedule=Schedule(),
    ),
    RegisteredJob(
        # It is 03:00 somewhere at each full, half and quarter hour.
        name="find_nightly_expiries",
        function=find_nightly_expiries,
        timeout_seconds=300,
        schedule=Schedule(minutes=frozenset({0, 15, 30, 45}), second=20),
    ),
    RegisteredJob(
        name="recount_customers",
        function=recount_customers,
        timeout_seconds=600,
        schedule=Schedule(minutes=frozenset({0, 15, 30, 45}), second=30),
    ),
    RegisteredJob(
        name="find_abandoned_expiries",
        function=find_abandoned_expiries,
        timeout_seconds=60,
        schedule=Schedule(second=40),
    ),
    RegisteredJob(
        name="purge_ended_deliveries",
        function=purge_ended_deliveries,
        timeout_seconds=300,
        schedule=Schedule(minutes=frozenset({10}), second=50),
    ),
    RegisteredJob(
        name="purge_deleted",
        function=purge_deleted,
        timeout_seconds=300,
        schedule=Schedule(minutes=frozenset({25}), second=10),
    ),
    RegisteredJob(
        name="find_waiting_bulk_changes",
        function=find_waiting_bulk_changes,
        timeout_seconds=60,
        schedule=Schedule(second=frozenset(range(0, 60, 2))),
    ),
    RegisteredJob(
        name=JobName.RUN_BULK_CHANGE,
        function=run_waiting_bulk_change,
        timeout_seconds=300,
    ),
    RegisteredJob(
        name="find_waiting_broadcasts",
        function=find_waiting_broadcasts,
        timeout_seconds=60,
        schedule=Schedule(second=frozenset(range(1, 60, 2))),
    ),
    RegisteredJob(
        name=JobName.RUN_BROADCAST,
        function=run_waiting_broadcast,
        timeout_seconds=300,
    ),
    RegisteredJob(
        name="close_sent_broadcasts",
        function=close_sent_broadcasts,
        timeout_seconds=60,
        schedule=Schedule(second=35),
    ),
    RegisteredJob(
        name="find_due_comparisons",
        function=find_due_comparisons,
        timeout_seconds=60,
        schedule=Schedule(second=10),
    ),
    RegisteredJob(
        name=JobName.COMPARE_CUSTOMERS,
        function=compare_workspace,
        timeout_seconds=300,
    ),
    RegisteredJob(
        name="convert_properties",
        function=convert_properties,
        timeout_seconds=90,
        schedule=Schedule(second=frozenset(range(3, 60, 5))),
    ),
    RegisteredJob(
        name="keep_segments",
        function=keep_segments,
        timeout_seconds=90,
        schedule=Schedule(second=frozenset(range(1, 60, 2))),
    ),
    RegisteredJob(
        name="find_waiting_imports",
        function=find_waiting_imports,
        timeout_seconds=30,
        schedule=Schedule(second=frozenset(range(0, 60, 2))),
    ),
    RegisteredJob(
        name="find_waiting_exports",
        function=find_waiting_exports,
        timeout_seconds=30,
        schedule=Schedule(second=frozenset(range(1, 60, 2))),
    ),
    RegisteredJob(
        name="purge_ended_files",
        function=purge_ended_files,
        timeout_seconds=300,
        schedule=Schedule(minutes=frozenset({35}), second=30),
    ),
    RegisteredJob(
        name=JobName.RUN_IMPORT,
        function=run_waiting_import,
        timeout_seconds=900,
    ),
    RegisteredJob(
        name=JobName.RUN_EXPORT,
        function=run_waiting_export,
        timeout_seconds=1_800,
    ),
    RegisteredJob(
        name=JobName.EXPIRE_INTERACTIONS,
        function=expire_workspace,
        timeout_seconds=300,
    ),
)
