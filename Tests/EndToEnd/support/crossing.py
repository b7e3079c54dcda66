"""What phones do to each other through a network, whoever stands between them."""


class CrossingCalls:
    """Tests for a case whose `cross` makes the same call in both directions, so that each counts twice."""

    def test_caller_hangs_up(self):
        with self.counted(answered=2):
            self.cross("uac", "uas", arguments=("-d", "200"))

    def test_callee_hangs_up(self):
        with self.counted(answered=2):
            self.cross("uac_far_end_hangs_up", "uas_hangs_up")

    def test_callee_is_busy(self):
        with self.counted(failed=2):
            self.cross("uac_busy", "uas_busy")

    def test_caller_gives_up(self):
        with self.counted(cancelled=2):
            self.cross("uac_cancel", "uas_cancelled")

    def test_early_media_and_reliable_provisional_responses(self):
        with self.counted(answered=4):
            self.cross("uac_early_media", "uas_early_media")
            self.cross("uac_prack", "uas_prack")

    def test_hold_both_ways(self):
        with self.counted(answered=2):
            self.cross("uac_hold", "uas_hold")

    def test_session_timer(self):
        with self.counted(answered=2):
            self.cross("uac_session_timer", "uas_session_timer", arguments=("-d", "300"), expires="90")

    def test_subscription_and_message(self):
        with self.counted():
            self.cross("uac_subscribe", "uas_subscribe")
            self.cross("uac_message", "uas_message")
