"""On which file systems a mongod may keep its data."""

from pathlib import Path

import psutil

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.directories import DATA_VARIABLE

URI_VARIABLE = "TWILIO_NB_MONGODB_URI"
REMEDY = (
    f"Set {DATA_VARIABLE} to a directory on a local disk that nobody else uses, "
    f"or {URI_VARIABLE} to a replica set or Atlas."
)
# Locks and memory maps do not hold across the hosts that share these. Not 9p and overlay: the disks of
# virtual machines and containers.
NETWORK_FILE_SYSTEMS = frozenset({
    "acfs", "afpfs", "afs", "beegfs", "ceph", "ceph-fuse", "cifs", "coda", "davfs", "davfs2", "fhgfs",
    "gcsfuse", "gfs", "gfs2", "glusterfs", "gpfs", "juicefs", "lustre", "moosefs", "ncpfs", "nfs", "nfs3",
    "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "rclone", "s3fs", "smb", "smb2", "smb3", "smbfs", "sshfs",
    "webdav", "wekafs",
})  # fmt: skip


def refuse_network_file_system(path: Path) -> None:
    """Refuse a directory that other hosts may share.

    Parameters
    ----------
    path : Path
        The directory; it need not exist yet.

    Raises
    ------
    ConfigurationError
        If its file system is one of `NETWORK_FILE_SYSTEMS`.

    Examples
    --------
    >>> refuse_network_file_system(data_directory())
    """
    resolved = path.resolve()
    kind, mount = "", ""
    for partition in psutil.disk_partitions(all=True):
        # The longest mount point counts; of several on the same one, the last.
        if resolved.is_relative_to(partition.mountpoint) and len(partition.mountpoint) >= len(mount):
            kind, mount = partition.fstype.lower(), partition.mountpoint
    if kind.removeprefix("fuse.") in NETWORK_FILE_SYSTEMS:
        message = (
            f"{path} is on a network file system ({kind}, mounted at {mount}), on which the embedded mongod "
            f"would lose texts. {REMEDY}"
        )
        raise ConfigurationError(message)
