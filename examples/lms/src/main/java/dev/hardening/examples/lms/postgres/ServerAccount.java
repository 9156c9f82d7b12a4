package dev.hardening.examples.lms.postgres;

import dev.hardening.examples.lms.home.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;

/**
 * As whom the server runs. PostgreSQL refuses to be root, so root has two ways down.
 *
 * <p>An ordinary user runs it as itself. Root runs it in a user namespace in which it is nobody, or, where those are
 * forbidden, as an unprivileged user who owns nothing but the data of the server.
 *
 * @param prefix the words before each command of the server
 * @param owner who owns the files of the server
 * @param foreign whether that is somebody other than the user of this process
 */
record ServerAccount(List<String> prefix, String owner, boolean foreign) {
    private static final Path OWN_PROCESS = Path.of("/proc/self");
    private static final List<String> UNPRIVILEGED = List.of("postgres", "nobody");

    ServerAccount {
        prefix = List.copyOf(prefix);
    }

    /** Picks the first way that works here. */
    static ServerAccount choose(Path home, ServerCommand command) {
        if (userId() != 0) {
            return self();
        }
        ServerAccount namespace = namespace();
        if (namespace.works(command, List.of("true"))) {
            return namespace;
        }
        return unprivileged(home, command);
    }

    static ServerAccount self() {
        return new ServerAccount(List.of(), ownName(), false);
    }

    static ServerAccount namespace() {
        return new ServerAccount(List.of("unshare", "-U"), ownName(), false);
    }

    /** An unprivileged user, who gets the way into {@code home} but not its list of files. */
    static ServerAccount unprivileged(Path home, ServerCommand command) {
        PrivateFiles.permit(home, "rwx--x--x");
        for (String user : UNPRIVILEGED) {
            for (ServerAccount account : of(user, command)) {
                if (account.works(command, List.of("test", "-x", home.toString()))) {
                    return account;
                }
            }
        }
        PrivateFiles.permit(home, "rwx------");
        throw new PostgresUnavailableException("PostgreSQL does not run as root, user namespaces are not available here"
                + " (unshare -U), and no unprivileged user can reach " + home
                + ": start the service as an ordinary user, or set LMS_DATABASE_URL to jdbc:postgresql://..."
                + " of a server of your own");
    }

    /** Makes the account the owner of a folder and all in it. */
    void take(Path folder) {
        try {
            UserPrincipal wanted =
                    folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(owner);
            if (!Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(wanted)) {
                Files.walkFileTree(folder, new Handover(wanted));
            }
        } catch (UserPrincipalNotFoundException failure) {
            throw new PostgresUnavailableException("there is no user " + owner, failure);
        } catch (IOException failure) {
            throw new PostgresUnavailableException(
                    folder + " belongs to another user than the service, " + owner + ": start it as its owner",
                    failure);
        }
    }

    private static List<ServerAccount> of(String user, ServerCommand command) {
        List<ServerAccount> ways = new ArrayList<>();
        ways.add(new ServerAccount(List.of("runuser", "-u", user, "--"), user, true));
        ServerCommand.Outcome group = command.run(List.of("id", "-g", user));
        if (group.succeeded()) {
            String gid = group.output().trim();
            ways.add(new ServerAccount(
                    List.of("setpriv", "--reuid=" + user, "--regid=" + gid, "--clear-groups", "--no-new-privs"),
                    user,
                    true));
        }
        return ways;
    }

    private boolean works(ServerCommand command, List<String> probe) {
        List<String> words = new ArrayList<>(prefix);
        words.addAll(probe);
        return command.run(words).succeeded();
    }

    private static int userId() {
        try {
            return (Integer) Files.getAttribute(OWN_PROCESS, "unix:uid");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The name, or the number where the user has no account. */
    private static String ownName() {
        try {
            return Files.getOwner(OWN_PROCESS).getName();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static final class Handover extends SimpleFileVisitor<Path> {
        private final UserPrincipal owner;

        Handover(UserPrincipal owner) {
            this.owner = owner;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            Files.setOwner(folder, owner);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            // Files.setOwner would follow a link out of the folder.
            if (!attributes.isSymbolicLink()) {
                Files.setOwner(file, owner);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
