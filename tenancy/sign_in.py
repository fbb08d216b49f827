from allauth.account.adapter import DefaultAccountAdapter


class ClosedAccountAdapter(DefaultAccountAdapter):
    """People are invited by a clinic's owner or an operator; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False
