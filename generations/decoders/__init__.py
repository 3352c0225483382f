"""Opens files from outside: pictures of people, videos of services.

What decodes runs in a child process with limits (`media.isolated`). Nothing here imports Django or
the rest of the app, so that the child starts within a twentieth of a second.
"""


class InvalidFileError(Exception):
    """The file is refused. Its arguments say why: a sentence, or a code and a kind."""
