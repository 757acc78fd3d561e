class Crsync < Formula
  desc "Keeps CloudRadial, Microsoft 365 and a PSA in agreement about people"
  homepage "https://github.com/crsync/crsync"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/crsync/crsync/releases/download/v@VERSION@/crsync-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 crsync-VERSION-aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "https://github.com/crsync/crsync/releases/download/v@VERSION@/crsync-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 crsync-VERSION-x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/crsync/crsync/releases/download/v@VERSION@/crsync-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 crsync-VERSION-aarch64-unknown-linux-musl.tar.gz@"
    end
    on_intel do
      url "https://github.com/crsync/crsync/releases/download/v@VERSION@/crsync-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 crsync-VERSION-x86_64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    bin.install "crsync"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/crsync.bash" => "crsync"
    zsh_completion.install "completions/_crsync"
    fish_completion.install "completions/crsync.fish"
  end

  test do
    ENV["CRSYNC_STATE"] = testpath.to_s
    assert_match "Contoso", shell_output("#{bin}/crsync diff --psa autotask --sandbox --company Contoso")
  end
end
