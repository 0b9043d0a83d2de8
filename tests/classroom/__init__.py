"""A class and its examiner, who know nothing of how marks are given: the judge of the marking.

`paper` is what a student sees. `working` is how one works it, in plain Python numbers, with `mistakes`, `misreadings`,
slips of the `pen`, or by `cunning`. `examiner` says what a sheet deserves, `comparison` what it got. Of the program
under test only `comparison` calls anything; `paper` reads a question's givens, its boxes' names and its places.

`pupils` and `everywhere` hold further classes, at sheets of every structure: the first by formulas of their own
(`rules`), the second by those on the sheets (`trees`), whose parts are left out, turned and taken for others.
"""
