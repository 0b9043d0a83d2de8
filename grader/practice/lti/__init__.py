"""LTI 1.3: what a learning platform says when it sends somebody here, checked, and what is sent back to it.

Tokens are signed and read by PyJWT. What a library for the whole of LTI does besides is some forms and requests, and
what matters most is left to its user: pylti1p3next 2.0.2 takes a nonce several times, asks nothing of `azp`, takes
what algorithm a key set names, fetches any address without a limit of time or size, and looks for no new key.
"""
