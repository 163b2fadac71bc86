"""Shows that check_dependencies.py refuses what it should.

    python3 -m unittest discover --start-directory scripts
"""

import unittest

from check_dependencies import faults, is_allowed


class Licences(unittest.TestCase):
    def test_allowed(self):
        for expression in (
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "GPL-3.0-only AND MIT OR Zlib",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ):
            self.assertTrue(is_allowed(expression), expression)

    def test_refused(self):
        for expression in (
            None,
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT AND (GPL-3.0 OR LGPL-3.0)",
            "GPL-2.0 WITH Classpath-exception-2.0",
            "MIT WITH Strange-exception",
            "(MIT",
            "MIT OR",
            "MIT Zlib",
        ):
            self.assertFalse(is_allowed(expression), expression)


class Packages(unittest.TestCase):
    def faults(self, **changes):
        package = {
            "id": "one",
            "name": "one",
            "version": "1.0.0",
            "license": "MIT",
            "source": "registry+index",
            "dependencies": [{"name": "two", "req": "*"}],
        }
        return list(faults({"workspace_members": ["ours"], "packages": [package | changes]}))

    def test_from_the_registry(self):
        self.assertEqual(self.faults(), [])

    def test_a_licence_that_is_not_on_the_list(self):
        self.assertEqual(len(self.faults(license="AGPL-3.0")), 1)

    def test_from_elsewhere(self):
        self.assertEqual(len(self.faults(source="git+https://example.org/one")), 1)
        self.assertEqual(len(self.faults(source=None)), 1)

    def test_any_version(self):
        ours = {"id": "ours", "source": None}
        self.assertEqual(len(self.faults(**ours)), 1)
        self.assertEqual(self.faults(**ours, dependencies=[{"name": "two", "req": "^1"}]), [])
        self.assertEqual(self.faults(**ours, dependencies=[{"name": "two", "req": "*", "path": "/two"}]), [])


if __name__ == "__main__":
    unittest.main()
