"""Edge failures: the world misbehaved. Refusals are values (domain RejectReason), bugs are InvariantError.

ServiceError
├── Overloaded        retryable: too much is waiting; nothing happened
├── OutOfRange        not retryable: a number that no record can hold; nothing happened
├── Stopped           not retryable here: the venue is stopping; nothing happened
│   └── OutcomeUnknown   the store failed while this was being written: it may or may not have happened
├── Unaudited         it was done, but no entry in the audit log says so
├── ChainRefused      not retryable: a chain cannot do this; nothing happened
├── NotAllowed        not retryable: the customer's level or standing does not open this; nothing happened
├── NameRefused       not retryable: an account cannot be called that
├── NameTaken         not retryable: an account or key of that name exists
└── StoreFailure      the store could not do what it was asked to; the venue stops
    ├── StoreStopped      a write failed: nothing more is accepted until the venue starts again
    ├── StoreLocked       another process uses the data
    ├── Fenced            the log is not this writer's, or not any more; nothing happened
    ├── KeyRefused        the key to the secrets in the data is missing, or another one
    ├── SealBroken        a sealed secret was altered
    ├── DamagedJournal    what was read back is not what was written
    ├── SnapshotOutdated  a snapshot does not hold all that this program remembers; the log does
    └── DamagedBackup     a backup is not what its manifest says
"""

from __future__ import annotations


class ServiceError(Exception):
    """Root of everything that services and stores raise on purpose."""


class Overloaded(ServiceError):
    """Too many commands are waiting; ask again later."""


class OutOfRange(ServiceError):
    """A command holds a number beyond 64 bits."""


class Stopped(ServiceError):
    """The venue takes no more commands."""


class OutcomeUnknown(Stopped):
    """The store failed while the command was being committed."""


class Unaudited(ServiceError):
    """What an operator asked for was done, and its entry in the audit log could not be written."""


class ChainRefused(ServiceError):
    """A chain cannot pay there, or cannot do what was asked at all."""


class NotAllowed(ServiceError):
    """A customer's level or standing does not allow what was asked."""


class OperationRefused(ServiceError):
    """What an operator asked makes no sense here; the message says why."""


class NameRefused(ServiceError):
    """A name that nobody could read, or that is too long."""


class TooMany(ServiceError):
    """An account has as many of these as it may; the message says how many."""


class NameTaken(ServiceError):
    """An account or a key with that name exists already."""


class StoreFailure(ServiceError):
    """The store could not read or write."""


class StoreStopped(StoreFailure):
    """A write failed, so what is on the disk is only known at the next start; until then nothing is accepted."""


class StoreLocked(StoreFailure):
    """Another process holds the data directory."""


class Fenced(StoreFailure):
    """Who wants to write does not hold the log, or does not hold it any more."""


class KeyRefused(StoreFailure):
    """The key that seals the venue's secrets is missing, unreadable, or not the one they were sealed with."""


class SealBroken(StoreFailure):
    """A sealed text was altered, or was sealed for something else."""


class DamagedJournal(StoreFailure):
    """The journal is torn, altered or has a gap; the message says where."""


class SnapshotOutdated(StoreFailure):
    """A state snapshot was written by a program that remembered something else, or in another form."""


class DamagedBackup(StoreFailure):
    """A backup is cut short, altered, or none; the message says which file."""
