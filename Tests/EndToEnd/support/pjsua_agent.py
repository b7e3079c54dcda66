"""A phone made of pjsua2, without a sound card: JSON lines on standard input drive it, JSON lines on standard output say
what happened to it. It runs under a Python that has pjsua2 (tools/test puts it into .build-venv); `pjsua.py` starts it.

  agent.py '{"user": …, "password": …, "domain": …, "server": "sip:…", "host": …, "port": …, "transport": "udp"}'
"""

import json
import os
import select
import sys
import threading

import pjsua2 as pj

MEDIA = {
    pj.PJSUA_CALL_MEDIA_NONE: "none",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "local hold",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "remote hold",
    pj.PJSUA_CALL_MEDIA_ERROR: "error",
}


def tell(event: str, **values) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


class Call(pj.Call):
    def __init__(self, agent: "Agent", call_id: int = pj.PJSUA_INVALID_ID):
        super().__init__(agent, call_id)
        self.agent = agent

    def onCallState(self, prm):
        info = self.getInfo()
        tell("state", call=info.id, state=info.stateText, status=info.lastStatusCode)

    def onCallMediaState(self, prm):
        info = self.getInfo()
        for media in info.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                tell("media", call=info.id, media=MEDIA[media.status], state=info.stateText)

    def onCallTransferRequest(self, prm):
        prm.newCall = self.agent.keep(Call(self.agent))
        tell("transfer asked", call=self.getId(), to=prm.dstUri)

    def onCallTransferStatus(self, prm):
        tell("transfer", call=self.getId(), status=prm.statusCode, final=prm.finalNotify)

    def onCallReplaceRequest(self, prm):
        prm.newCall = self.agent.keep(Call(self.agent))

    def onCallReplaced(self, prm):
        prm.newCall = prm.newCall or self.agent.keep(Call(self.agent, prm.newCallId))
        tell("replaced", call=self.getId(), by=prm.newCallId)


class Buddy(pj.Buddy):
    def onBuddyState(self):
        info = self.getInfo()
        tell("buddy", uri=info.uri, subscription=info.subStateName, status=info.presStatus.status)


class Agent(pj.Account):
    def __init__(self):
        super().__init__()
        self.calls: list[Call] = []

    def keep(self, call: Call) -> Call:
        """Python must not free a call that pjsua still speaks to."""
        self.calls.append(call)
        return call

    def find(self, number: int) -> Call:
        return next(c for c in self.calls if c.getId() == number)

    def onRegState(self, prm):
        tell("registered" if prm.code // 100 == 2 else "not registered", status=prm.code)

    def onIncomingCall(self, prm):
        call = self.keep(Call(self, prm.callId))
        tell("incoming", call=prm.callId, reliable="100rel" in prm.rdata.wholeMsg, whole=prm.rdata.wholeMsg)
        ringing = pj.CallOpParam()
        ringing.statusCode = pj.PJSIP_SC_RINGING
        call.answer(ringing)

    def onInstantMessage(self, prm):
        tell("message", text=prm.msgBody, sender=prm.fromUri)

    def onInstantMessageStatus(self, prm):
        tell("message sent", status=prm.code)

    # Commands

    def dial(self, uri: str) -> None:
        self.keep(Call(self)).makeCall(uri, pj.CallOpParam(True))

    def answer(self, call: int, status: int = 200) -> None:
        parameters = pj.CallOpParam()
        parameters.statusCode = status
        self.find(call).answer(parameters)

    def hold(self, call: int) -> None:
        self.find(call).setHold(pj.CallOpParam(True))

    def unhold(self, call: int) -> None:
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.find(call).reinvite(parameters)

    def refresh(self, call: int) -> None:
        self.find(call).update(pj.CallOpParam(True))

    def transfer(self, call: int, to_call: int) -> None:
        self.find(call).xferReplaces(self.find(to_call), pj.CallOpParam())

    def hang_up(self, call: int) -> None:
        self.find(call).hangup(pj.CallOpParam())

    def heard(self, call: int) -> None:
        tell("heard", call=call, packets=self.find(call).getStreamStat(0).rtcp.rxStat.pkt)

    def message(self, uri: str, text: str) -> None:
        config = pj.BuddyConfig()
        config.uri = uri
        self.buddy = Buddy()
        self.buddy.create(self, config)
        parameters = pj.SendInstantMessageParam()
        parameters.content = text
        self.buddy.sendInstantMessage(parameters)

    def watch(self, uri: str) -> None:
        config = pj.BuddyConfig()
        config.uri, config.subscribe = uri, True
        self.watched = Buddy()
        self.watched.create(self, config)

    def unwatch(self) -> None:
        self.watched.subscribePresence(False)


def start(wanted: dict) -> tuple[pj.Endpoint, Agent]:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = 4
    config.logConfig.consoleLevel = 0
    config.logConfig.filename = wanted["log"]
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port, transport.boundAddress = wanted["port"], wanted["host"]
    kinds = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
    endpoint.transportCreate(kinds[wanted["transport"]], transport)
    endpoint.audDevManager().setNullDev()
    endpoint.libStart()

    account = pj.AccountConfig()
    account.idUri = f"sip:{wanted['user']}@{wanted['domain']}"
    account.regConfig.registrarUri = f"sip:{wanted['domain']}"
    account.sipConfig.proxies.append(f"{wanted['server']};transport={wanted['transport']};lr")
    account.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", wanted["user"], 0, wanted["password"]))
    account.mediaConfig.transportConfig.boundAddress = wanted["host"]
    account.mediaConfig.transportConfig.port = wanted["rtp_port"]
    # No re-INVITE of its own accord after the answer, that would cross the one a test asks for.
    account.mediaConfig.lockCodecEnabled = False
    if wanted.get("prack"):
        account.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
    if wanted.get("session_timer"):
        account.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
        account.callConfig.timerMinSESec = account.callConfig.timerSessExpiresSec = wanted["session_timer"]
    agent = Agent()
    agent.create(account)
    return endpoint, agent


def main() -> None:
    endpoint, agent = start(json.loads(sys.argv[1]))
    os.set_blocking(0, False)
    pending = b""
    while True:
        endpoint.libHandleEvents(10)
        if not select.select([0], [], [], 0)[0]:
            continue
        data = os.read(0, 65536)
        if not data:
            break
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            command = json.loads(line)
            try:
                getattr(agent, command.pop("command"))(**command)
            except pj.Error as error:
                tell("error", text=error.info())
    # The library's farewell can wait for answers that never come; our tests do not.
    ending = threading.Timer(3, os._exit, (0,))
    ending.daemon = True
    ending.start()
    agent.shutdown()
    endpoint.libDestroy()
    os._exit(0)


if __name__ == "__main__":
    main()
