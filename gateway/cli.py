"""The command line."""

import sys

sys.stdout.write("cli " + " ".join(sys.argv[1:]) + "\n")
