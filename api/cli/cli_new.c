/*
 * cli_new.c - `cartway adapter new NAME`: a working folder for a new adapter.
 *
 * Writes NAME/NAME.c (about 30 lines: one setting, one way in, one limit, one method), NAME/NOTES.md and
 * NAME/fixtures with one exchange and what is expected of it, so that `cartway adapter check` passes from the start.
 * With --from-openapi NAME.c is a draft of what the platform's document says (api/cli/draft.h), without fixtures.
 */
#include "api/cli/cli_adapter.h"

#include "api/cli/draft.h"
#include "core/base/buf.h"
#include "core/base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, EXIT_FAILED = 73, NAME_MAX_BYTES = 40 };

/* NAME stands for the adapter's name. */
static const struct {
    const char *path, *text;
} files[] = {
    { "NAME.c",
      "/* NAME.c - the platform NAME.  Example: orders by offset, 100 a page, an API key in a header. */\n"
      "#include \"adapter.h\"\n\n"
      "static const struct cw_setting settings[] = {\n"
      "    { \"site\", \"http://*|https://*\", \"address of the shop\" },\n"
      "    { \"key\", NULL, \"API key\", .secret = 1 },\n"
      "    { 0 } };\n"
      "static const struct cw_field send[] = { { \"=Bearer {key}\", \"header:Authorization\" }, { 0 } };\n"
      "static const struct cw_auth auth[] = { { \"key\", .send = send }, { 0 } };\n"
      "static const struct cw_limit limits[] = { { \"open\", CW_OPEN, 4 }, { 0 } };\n"
      "static const struct cw_field page_put[] = { { \"page.size\", \"?limit\" }, { \"page.offset\", \"?offset\" }, { "
      "0 } };\n"
      "static const struct cw_page page = { page_put, .total = \"count\", .max = 100 };\n\n"
      "static const struct cw_case status[] = { { \"open\", \"open\" }, { \"done\", \"completed\", \"not in a fixture "
      "yet\" }, { 0 } };\n"
      "static const struct cw_field order[] = {\n"
      "    { \"id\", \"id\" }, { \"number\", \"number\" }, { \"status\", \"status\", .cases = status },\n"
      "    { \"currency\", \"currency\" }, { \"totals.total\", \"total\" }, { \"placed_at\", \"created\" }, { 0 } };\n"
      "static const struct cw_record records[] = { { \"order\", order }, { 0 } };\n"
      "static const struct cw_endpoint endpoints[] = {\n"
      "    { \"order.list\", \"GET /orders\", NULL, \"orders[]\" },\n"
      "    { 0 } };\n"
      "static const struct cw_error errors[] = {\n"
      "    { \"status=401\", CW_REAUTH, .unseen = \"not recorded yet\" },\n"
      "    { \"status=429\", CW_SLOW_DOWN, .wait = \"header:Retry-After\", .unseen = \"not recorded yet\" },\n"
      "    { 0 } };\n\n"
      "CW_EXPORT const struct cw_adapter cw_adapter = {\n"
      "    CW_HEAD, .name = \"NAME\", .title = \"NAME\", .version = \"1\", .base_url = \"{site}/api\", .content = "
      "\"application/json\",\n"
      "    .settings = settings, .auth = auth, .limits = limits, .page = &page, .records = records,\n"
      "    .endpoints = endpoints, .errors = errors, .error_code = \"code\", .error_text = \"message\",\n"
      "};\n" },
    { "NOTES.md",
      "# NAME\n\nWhat the platform's own documents do not say; each line with what was sent and what was seen.\n\n"
      "| what | sent | seen |\n|---|---|---|\n" },
    { "fixtures/index.json", "[\n  {\"file\": \"order_list.json\", \"endpoint\": \"order.list\"}\n]\n" },
    { "fixtures/order_list.json",
      "{\n  \"request\": {\"method\": \"GET\", \"path\": \"/api/orders?limit=100&offset=0\"},\n"
      "  \"response\": {\"status\": 200, \"headers\": {\"content-type\": \"application/json\"},\n"
      "    \"body\": {\"orders\": [{\"id\": 7, \"number\": \"A7\", \"status\": \"open\", \"currency\": \"EUR\", "
      "\"total\": \"12.50\",\n"
      "                          \"created\": \"2026-01-31T12:00:00Z\"}], \"count\": 1}}\n}\n" },
};

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > NAME_MAX_BYTES || name[0] < 'a' || name[0] > 'z')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static void with_name(const char *text, const char *name, struct buf *out)
{
    while (*text) {
        if (strncmp(text, "NAME", 4) == 0) {
            buf_span(out, span_of(name));
            text += 4;
        } else {
            buf_char(out, *text++);
        }
    }
}

static enum err make_folder(const char *path, struct fault *fault)
{
    if (mkdir(path, 0755) == 0)
        return OK;
    return fault_set(fault, ERR_CONFLICT, "%s: %s", path, strerror(errno));
}

static enum err write_file(const char *path, const struct buf *text, struct fault *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok = fd >= 0 && write(fd, text->p, text->n) == (ssize_t)text->n;
    if (fd >= 0 && close(fd) != 0)
        ok = false;
    return ok ? OK : fault_set(fault, ERR_CONFLICT, "%s: %s", path, strerror(errno));
}

struct wish {
    const char *name, *parent, *openapi; /* openapi NULL: the plain folder */
};

enum { DOCUMENT_BYTES_MAX = 64 << 20 };

static enum err read_document(const char *path, struct buf *out, struct fault *fault)
{
    char piece[64 * 1024];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
        buf_add(out, piece, (size_t)n);
    enum err err = OK;
    if (fd < 0 || n < 0)
        err = fault_set(fault, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    else if (out->over)
        err = fault_set(fault, ERR_BODY_TOO_LARGE, "%s: larger than %d MB", path, DOCUMENT_BYTES_MAX >> 20);
    if (fd >= 0)
        close(fd);
    return err;
}

/* Read before a folder is made: a document that says nothing leaves nothing behind. */
static enum err make_draft(const struct wish *wish, struct buf *out, struct fault *fault)
{
    struct buf document;
    if (!wish->openapi)
        return OK;
    buf_init(&document, DOCUMENT_BYTES_MAX);
    enum err err = read_document(wish->openapi, &document, fault);
    if (!err)
        err = draft_from_openapi(wish->name, buf_peek(&document), fault, out);
    buf_release(&document);
    return err;
}

/* The text of files[i]; false: not in a drafted folder. */
static bool file_text(const struct wish *wish, size_t i, const struct buf *draft, struct buf *out)
{
    bool is_module = strcmp(files[i].path, "NAME.c") == 0, is_index = strstr(files[i].path, "index.json") != NULL;
    if (wish->openapi && is_module)
        buf_span(out, buf_peek(draft));
    else if (wish->openapi && is_index)
        buf_lit(out, "[]\n");
    else
        with_name(files[i].text, wish->name, out);
    return !wish->openapi || is_module || is_index || strstr(files[i].path, ".md");
}

static enum err make_folders(const struct wish *wish, struct fault *fault)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", wish->parent, wish->name);
    enum err err = make_folder(path, fault);
    snprintf(path, sizeof(path), "%s/%s/fixtures", wish->parent, wish->name);
    return err ? err : make_folder(path, fault);
}

static enum err make(const struct wish *wish, struct fault *fault)
{
    struct buf draft;
    buf_init(&draft, 4 << 20);
    enum err err = make_draft(wish, &draft, fault);
    if (!err)
        err = make_folders(wish, fault);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !err; i++) {
        struct buf file, text;
        buf_init(&file, PATH_MAX);
        buf_init(&text, 4 << 20);
        buf_printf(&file, "%s/%s/", wish->parent, wish->name);
        with_name(files[i].path, wish->name, &file);
        buf_char(&file, '\0');
        if (file_text(wish, i, &draft, &text))
            err = write_file(file.p, &text, fault);
        buf_release(&file);
        buf_release(&text);
    }
    buf_release(&draft);
    return err;
}

static bool read_wish(int argc, char **argv, struct wish *out)
{
    *out = (struct wish){ .parent = "." };
    for (int i = 0; i < argc; i++) {
        if (i + 1 < argc && strcmp(argv[i], "--in") == 0)
            out->parent = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--from-openapi") == 0)
            out->openapi = argv[++i];
        else if (!out->name)
            out->name = argv[i];
        else
            return false;
    }
    return out->name && is_name(out->name);
}

int adapter_new_main(int argc, char **argv, char **environment)
{
    struct fault fault = { 0 };
    struct wish wish;
    (void)environment;
    if (!read_wish(argc, argv, &wish)) {
        fprintf(stderr,
                "cartway adapter new: expected NAME (a-z, 0-9, -; at most %d) and perhaps --in FOLDER, --from-openapi "
                "FILE\n",
                NAME_MAX_BYTES);
        return EXIT_USAGE;
    }
    if (make(&wish, &fault)) {
        fprintf(stderr, "cartway adapter new: %s\n", fault.text);
        return EXIT_FAILED;
    }
    printf("%s/%s is there. Build and check it:\n"
           "  cc -std=c17 -shared -fPIC -I. -o %s.so %s/%s/%s.c     (-I: the folder of adapter.h)\n"
           "  cartway adapter check %s.so%s%s/%s%s\n",
           wish.parent, wish.name, wish.name, wish.parent, wish.name, wish.name, wish.name,
           wish.openapi ? "    (recordings go into " : " --fixtures ", wish.parent, wish.name,
           wish.openapi ? "/fixtures)" : "/fixtures");
    return 0;
}
