"""`python -m segql`."""

from segql.cli import main

raise SystemExit(main())
