"""The one exception tree. Each message is a line for an operator: what is wrong, where, what to do."""


class AgentError(Exception):
    """Base: shown as one line, without a traceback; `exit_code` becomes the process's."""

    exit_code = 1


class ConfigError(AgentError):
    """The site file is wrong; the message begins with file:line and the option."""

    exit_code = 2


class UsageError(ConfigError):
    """What was typed on the command line does not fit: a path, a name, a moment."""


class VideoError(AgentError):
    """A recording or stream cannot be opened or read."""

    exit_code = 3


class RecordingError(VideoError):
    """A file that was named is none that can be used: a recording, a journal, a picture."""


class ModelError(AgentError):
    """A model folder is missing, damaged, or does not fit the agent."""

    exit_code = 4


class TeachingError(AgentError):
    """The pictures that were shown do not teach what they should: too few, or of states that look alike."""


class StateError(AgentError):
    """The state folder cannot be written: permissions, full disk, damaged or newer database."""

    exit_code = 5


class UplinkError(AgentError):
    """The broker cannot be used: address, credentials, certificates."""

    exit_code = 6


class PortError(AgentError):
    """A local port is taken."""

    exit_code = 7
