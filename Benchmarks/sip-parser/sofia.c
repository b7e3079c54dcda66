// sofia-sip beside the parser: one message made into its structures and freed. The library takes every header it knows
// apart, from memory that the message owns as one arena.

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su.h>

#include "bench.h"

static msg_mclass_t const *grammar;

static bool parse(const char *bytes, size_t count) {
  msg_t *message = msg_make(grammar, 0, bytes, (ssize_t)count);
  if (message == NULL) return false;
  sip_t *sip = sip_object(message);
  bool good = sip != NULL && sip->sip_error == NULL && sip->sip_via != NULL && sip->sip_from != NULL &&
              sip->sip_to != NULL && sip->sip_call_id != NULL && sip->sip_cseq != NULL;
  msg_destroy(message);
  return good;
}

int main(int count, char **arguments) {
  su_init();
  grammar = sip_default_mclass();
  return bench("sofia-sip", parse, count, arguments);
}
