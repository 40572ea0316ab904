"""Keep turns in a process that tests kill: FILE USER COUNT [LARGEST_FILE_BYTES].

All in one conversation, the number of each printed once it is kept. Exits 1 with one line on a
RagError.
"""

import sys
from pathlib import Path

from kept_turns import finished

from rag.conversations.store import ConversationStore
from rag.errors import RagError


def main():
    path, user, count, *limit = sys.argv[1:]
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit[0]), int(limit[0])))
    try:
        store = ConversationStore(Path(path))
        conversation_id = None
        for number in range(int(count)):
            turn = finished(question=f"question {number}", note="x" * 3_000)
            conversation_id = store.append(user, conversation_id, turn).conversation_id
            print(number, flush=True)
    except RagError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
