// libosip2 beside the parser: one message made into its structures and freed. It takes the headers it knows apart as it
// goes, so there is no cheaper way to the eight that a proxy needs. The body stays bytes, as it does with us.

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>

#include "bench.h"

static bool parse(const char *bytes, size_t count) {
  osip_message_t *message = NULL;
  if (osip_message_init(&message) != 0) return false;
  bool good = osip_message_parse(message, bytes, count) == 0 && message->cseq != NULL && message->call_id != NULL &&
              message->from != NULL && message->to != NULL && osip_list_size(&message->vias) > 0;
  osip_message_free(message);
  return good;
}

int main(int count, char **arguments) {
  parser_init();
  return bench("libosip2", parse, count, arguments);
}
